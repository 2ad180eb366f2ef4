import { beforeEach, describe, expect, it, vi } from "vitest";
import { readKey } from "../keys";
import type { Question } from "../types";
import type { Control, KindContext } from "./kind";
import { limitsInWords, number, readNumber } from "./number";

const weight: Question = { name: "weight", kind: "number", title: "Weight", required: true, level: "ratio", min: 0, max: 99.5 };

const { min: _min, max: _max, ...unlimited } = weight;

let context: KindContext & { changed: ReturnType<typeof vi.fn>; focused: ReturnType<typeof vi.fn> };

function build(question: Question = weight): { control: Control; input: HTMLInputElement } {
  const control = number.build(question, context);
  document.body.replaceChildren(control.element);
  const input = control.element.querySelector("input");
  if (!input) throw new Error("no input");
  return { control, input };
}

function type(input: HTMLInputElement, typed: string): void {
  input.value = typed;
  input.dispatchEvent(new Event("input"));
}

beforeEach(() => {
  context = { id: "q0", changed: vi.fn(), focused: vi.fn(), activated: vi.fn(), announce: vi.fn() };
});

describe("number", () => {
  it("shows its limits and is named by the question", () => {
    const { input } = build();
    expect(document.getElementById("q0-limits")?.textContent).toContain("A number from 0 to 99.5");
    expect(input.getAttribute("aria-labelledby")).toBe("q0-title");
    expect(input.getAttribute("aria-describedby")).toBe("q0-limits q0-error");
  });

  it("gives a number, never a text", () => {
    const { control, input } = build();
    expect(control.value()).toBeNull();
    type(input, " 3,5 ");
    expect(control.value()).toBe(3.5);
    expect(context.changed).toHaveBeenCalledTimes(1);
    control.setValue(12);
    expect(input.value).toBe("12");
    control.setValue(null);
    expect(control.value()).toBeNull();
    expect(control.problem?.()).toBeNull();
  });

  it.each(["abc", "100", "-1", "1e999", "3 4", "Infinity", "0x10"])("says what is wrong with %s", (typed) => {
    const { control, input } = build();
    type(input, typed);
    expect(control.value()).toBeNull();
    expect(control.problem?.()).toBe(`“${typed}” is not a number from 0 to 99.5. Change the answer to “Weight”`);
  });

  it("begins with a digit that was pressed outside, and has the keys to itself inside", () => {
    const { control, input } = build();
    expect(control.pickDigit(7, 6)).toBe(true);
    expect(document.activeElement).toBe(input);
    expect(control.value()).toBe(7);
    const press = new KeyboardEvent("keydown", { key: "s", code: "KeyS" });
    Object.defineProperty(press, "target", { value: input });
    expect(readKey(press)).toBeNull();
    expect(control.pickLetter("s")).toBe(false);
  });

  it.each([["4", 4], ["-0.5", -0.5], ["−2", -2], [".5", 0.5], ["1e3", 1000], ["", NaN], ["1.2.3", NaN]])("reads %s as %f", (typed, value) => {
    expect(readNumber(typed)).toBe(value);
  });

  it("words one limit, or none", () => {
    expect(limitsInWords({ ...unlimited, max: 99.5 })).toBe("a number of at most 99.5");
    expect(limitsInWords({ ...unlimited, min: 0 })).toBe("a number of at least 0");
    expect(number.missing(unlimited)).toBe("Enter a number for “Weight”");
  });
});
