import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Question } from "../types";
import { kindOf } from "./index";
import type { Control, KindContext } from "./kind";
import { valueOfDigit, valuesOf } from "./rating";

const toxic: Question = {
  name: "toxicity",
  kind: "choice",
  title: "Toxic?",
  required: true,
  labels: [
    { value: "yes", title: "Toxic", shortcut: "t" },
    { value: "no", title: "Not toxic", shortcut: "s" },
    { value: "unsure", title: "<b>Unsure</b>" },
  ],
};
const grade: Question = { name: "grade", kind: "rating", title: "Grade", required: true, min: 1, max: 5, labels: { "1": "poor", "5": "great" } };

let context: KindContext & { changed: ReturnType<typeof vi.fn>; focused: ReturnType<typeof vi.fn> };

function build(question: Question): Control {
  const control = kindOf(question.kind)?.build(question, context);
  if (!control) throw new Error("no such kind");
  document.body.replaceChildren(control.element);
  return control;
}

beforeEach(() => {
  context = { id: "q0", changed: vi.fn(), focused: vi.fn(), activated: vi.fn(), announce: vi.fn() };
});

describe("choice", () => {
  it("is a radio group that prints its keys and shows names as they are", () => {
    const control = build(toxic);
    expect(control.element.getAttribute("role")).toBe("radiogroup");
    const rows = [...control.element.querySelectorAll(".option")];
    expect(rows.map((row) => row.querySelector(".option-title")?.textContent)).toEqual(["Toxic", "Not toxic", "<b>Unsure</b>"]);
    // S skips, so it cannot be the letter of a label
    expect(rows.map((row) => [...row.querySelectorAll("kbd")].map((key) => key.textContent))).toEqual([["T", "1"], ["2"], ["3"]]);
  });

  it("picks by digit and letter and says so", () => {
    const control = build(toxic);
    expect(control.value()).toBeNull();
    expect(control.pickDigit(2, 1)).toBe(true);
    expect(control.value()).toBe("no");
    expect(control.pickLetter("t")).toBe(true);
    expect(control.value()).toBe("yes");
    expect(context.changed).toHaveBeenCalledTimes(2);
    expect(context.focused).toHaveBeenLastCalledWith("yes");
    expect(control.pickDigit(4, 3)).toBe(false);
    expect(control.pickLetter("s")).toBe(false);
  });

  it("takes an optional answer back by the same key, a required one not", () => {
    const required = build(toxic);
    required.pickDigit(1, 0);
    required.pickDigit(1, 0);
    expect(required.value()).toBe("yes");
    const optional = build({ ...toxic, required: false });
    optional.pickDigit(1, 0);
    optional.pickDigit(1, 0);
    expect(optional.value()).toBeNull();
  });

  it("restores an answer and clears it", () => {
    const control = build(toxic);
    control.setValue("unsure");
    expect(control.value()).toBe("unsure");
    control.setValue(null);
    expect(control.value()).toBeNull();
  });

  it("filters a long list and picks the first match", () => {
    const labels = Array.from({ length: 15 }, (_, index) => ({ value: `l${index}`, title: `Label ${index}` }));
    const control = build({ ...toxic, labels });
    const filter = control.element.querySelector<HTMLInputElement>(".option-filter");
    if (!filter) throw new Error("no filter");
    filter.value = "label 13";
    filter.dispatchEvent(new Event("input"));
    expect(control.element.querySelectorAll(".option:not([hidden])")).toHaveLength(1);
    filter.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
    expect(control.value()).toBe("l13");
    expect(control.pickDigit(1, 10)).toBe(true);
    expect(control.value()).toBe("l10");
  });

  it("needs no filter for a short list", () => {
    expect(build(toxic).element.querySelector(".option-filter")).toBeNull();
  });
});

describe("rating", () => {
  it("names both ends and keeps numbers", () => {
    const control = build(grade);
    expect(control.element.querySelector(".scale-ends")?.textContent).toBe("poorgreat");
    expect(control.element.querySelector("input")?.getAttribute("aria-label")).toBe("1, poor");
    control.pickDigit(4, 3);
    expect(control.value()).toBe(4);
    control.setValue(2);
    expect(control.value()).toBe(2);
  });

  it.each([
    [1, 5, 5, 4, 5],
    [1, 5, 6, 5, undefined],
    [1, 5, 0, 9, undefined],
    [0, 4, 0, 9, 0],
    [0, 4, 4, 3, 4],
    [1, 10, 0, 9, 10],
    [1, 10, 1, 10, undefined],
    [3, 7, 3, 2, 3],
    [-2, 2, 1, 0, -2],
    [-2, 2, 5, 4, 2],
  ])("from %i to %i the digit %i means %s", (min, max, digit, option, value) => {
    expect(valueOfDigit(valuesOf({ ...grade, min, max }), digit, option)).toBe(value);
  });
});

describe("registry", () => {
  it("knows no kind that is not there", () => {
    expect(kindOf("telepathy")).toBeUndefined();
  });
  it("says what is missing in words from the question", () => {
    expect(kindOf("choice")?.missing(toxic)).toBe("Choose an answer for “Toxic?”");
    expect(kindOf("rating")?.missing(grade)).toBe("Choose a value from 1 to 5 for “Grade”");
  });
});
