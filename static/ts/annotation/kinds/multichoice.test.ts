import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Question } from "../types";
import type { Control, KindContext } from "./kind";
import { limitsInWords, multichoice } from "./multichoice";

const topics: Question = {
  name: "topics",
  kind: "multichoice",
  title: "Topics",
  required: true,
  min: 1,
  max: 2,
  exclusive: ["none"],
  labels: [
    { value: "work", title: "Work", shortcut: "w" },
    { value: "home", title: "Home" },
    { value: "money", title: "Money" },
    { value: "none", title: "None of these" },
  ],
};

const { min: _min, max: _max, ...unlimited } = topics;

let context: KindContext & { changed: ReturnType<typeof vi.fn>; focused: ReturnType<typeof vi.fn> };

function build(question: Question = topics): Control {
  const control = multichoice.build(question, context);
  document.body.replaceChildren(control.element);
  return control;
}

beforeEach(() => {
  context = { id: "q0", changed: vi.fn(), focused: vi.fn(), activated: vi.fn(), announce: vi.fn() };
});

describe("multichoice", () => {
  it("is a group of check boxes with its limits in words", () => {
    const control = build();
    expect(control.element.getAttribute("role")).toBe("group");
    expect(control.element.querySelectorAll("input[type=checkbox]")).toHaveLength(4);
    expect(document.getElementById("q0-limits")?.textContent).toBe("Choose 1 to 2");
    expect(control.element.querySelector("input")?.getAttribute("aria-describedby")).toBe("q0-limits");
  });

  it("toggles by digit and letter, in the order of the labels", () => {
    const control = build();
    expect(control.value()).toBeNull();
    control.pickDigit(2, 1);
    control.pickLetter("w");
    expect(control.value()).toEqual(["work", "home"]);
    control.pickDigit(2, 1);
    expect(control.value()).toEqual(["work"]);
    expect(context.changed).toHaveBeenCalledTimes(3);
    expect(context.focused).toHaveBeenLastCalledWith("home");
    expect(control.pickDigit(9, 8)).toBe(false);
    expect(control.pickLetter("x")).toBe(false);
  });

  it("lets what stands alone clear the rest, and the rest clear it", () => {
    const control = build();
    control.pickDigit(1, 0);
    control.pickDigit(4, 3);
    expect(control.value()).toEqual(["none"]);
    control.pickDigit(3, 2);
    expect(control.value()).toEqual(["money"]);
  });

  it("says in words when too many or too few are chosen", () => {
    const control = build();
    for (const digit of [1, 2, 3]) control.pickDigit(digit, digit - 1);
    expect(control.problem?.()).toBe("Choose 1 to 2 for “Topics”; 3 are chosen");
    control.pickDigit(3, 2);
    expect(control.problem?.()).toBeNull();
    const two = build({ ...topics, min: 2 });
    two.pickDigit(1, 0);
    expect(two.problem?.()).toBe("Choose 2 for “Topics”; 1 is chosen");
    two.pickDigit(4, 3);
    expect(two.problem?.()).toBeNull();
  });

  it("takes nothing for an answer only where none will do", () => {
    expect(build({ ...topics, min: 0 }).value()).toEqual([]);
    const control = build();
    control.setValue(["money", "gone"]);
    expect(control.value()).toEqual(["money"]);
    control.setValue(null);
    expect(control.value()).toBeNull();
  });

  it.each([
    [{ min: 1, max: 2 }, "Choose 1 to 2"],
    [{ min: 2 }, "Choose at least 2"],
    [{ max: 3 }, "Choose at most 3"],
    [{}, "Choose all that apply"],
    [{ min: 2, max: 2 }, "Choose 2"],
  ])("words the limits %o", (limits, words) => {
    expect(limitsInWords({ ...unlimited, ...limits })).toBe(words);
  });

  it("filters a long list", () => {
    const labels = Array.from({ length: 15 }, (_, index) => ({ value: `l${index}`, title: `Label ${index}` }));
    const control = build({ ...unlimited, labels });
    const filter = control.element.querySelector<HTMLInputElement>(".option-filter");
    if (!filter) throw new Error("no filter");
    filter.value = "label 13";
    filter.dispatchEvent(new Event("input"));
    filter.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
    expect(control.value()).toEqual(["l13"]);
  });

  it("says what is missing", () => {
    expect(multichoice.missing(topics)).toBe("Choose 1 to 2 for “Topics”");
    expect(multichoice.missing(unlimited)).toBe("Choose at least one answer for “Topics”");
  });
});
