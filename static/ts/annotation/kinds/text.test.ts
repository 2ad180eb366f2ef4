import { beforeEach, describe, expect, it, vi } from "vitest";
import { readKey } from "../keys";
import type { Question } from "../types";
import type { Control, KindContext } from "./kind";
import { text } from "./text";

const why: Question = { name: "why", kind: "text", title: "Why?", required: true, max_length: 5 };

const { max_length: _longest, ...unlimited } = why;

let context: KindContext & { changed: ReturnType<typeof vi.fn>; focused: ReturnType<typeof vi.fn> };

function build(question: Question = why): { control: Control; input: HTMLTextAreaElement } {
  const control = text.build(question, context);
  document.body.replaceChildren(control.element);
  const input = control.element.querySelector("textarea");
  if (!input) throw new Error("no text field");
  return { control, input };
}

beforeEach(() => {
  context = { id: "q0", changed: vi.fn(), focused: vi.fn(), activated: vi.fn(), announce: vi.fn() };
});

describe("text", () => {
  it("keeps the text as it was typed, and takes blanks for no answer", () => {
    const { control, input } = build();
    input.value = " \n ";
    expect(control.value()).toBeNull();
    input.value = " a\nb ";
    input.dispatchEvent(new Event("input"));
    expect(control.value()).toBe(" a\nb ");
    expect(context.changed).toHaveBeenCalledTimes(1);
    control.setValue(null);
    expect(input.value).toBe("");
  });

  it("counts characters as the server does", () => {
    const { control, input } = build();
    input.value = "😀😀😀😀😀";
    expect(control.problem?.()).toBeNull();
    input.value = "😀😀😀😀😀!";
    expect(control.problem?.()).toBe("The answer to “Why?” has 6 characters and may have 5. Shorten it");
    expect(build(unlimited).control.problem?.()).toBeNull();
  });

  it("has the keys to itself, but for Ctrl+Enter", () => {
    const { control, input } = build();
    control.focus();
    expect(document.activeElement).toBe(input);
    const press = (init: KeyboardEventInit) => {
      const event = new KeyboardEvent("keydown", init);
      Object.defineProperty(event, "target", { value: input });
      return readKey(event);
    };
    expect(press({ key: "1", code: "Digit1" })).toBeNull();
    expect(press({ key: "Enter", code: "Enter" })).toBeNull();
    expect(press({ key: "Enter", code: "Enter", ctrlKey: true })).toEqual({ action: "submit-from-text" });
    expect(control.pickDigit(1, 0)).toBe(false);
    expect(control.pickLetter("s")).toBe(false);
  });

  it("says what is missing", () => {
    expect(text.missing(why)).toBe("Write an answer to “Why?”");
  });
});
