import { describe, expect, it } from "vitest";
import { extend, isRightToLeft, moveCaret, nudge } from "./selection";
import type { Place, Step } from "./selection";
import { Snapper } from "./snapping";
import type { Snap } from "./snapping";

const TEXT = "one two, three four. Five six";
const snapper = new Snapper(TEXT, "en");

function walk(caret: number, ...steps: [Snap, Step][]): string | null {
  let place: Place = { caret, selected: null };
  for (const [snap, step] of steps) {
    const selected = extend(snapper, place, snap, step);
    place = { caret: place.caret, selected };
  }
  return place.selected && TEXT.slice(place.selected.start, place.selected.end);
}

describe("the caret", () => {
  it("goes from word to word and stops at the ends", () => {
    expect(moveCaret(snapper, { caret: 0, selected: null }, "word", 1)).toBe(4);
    expect(moveCaret(snapper, { caret: 4, selected: null }, "word", 1)).toBe(9);
    expect(moveCaret(snapper, { caret: 9, selected: null }, "word", -1)).toBe(4);
    expect(moveCaret(snapper, { caret: 26, selected: null }, "word", 1)).toBe(TEXT.length);
    expect(moveCaret(snapper, { caret: 0, selected: null }, "word", -1)).toBe(0);
    expect(moveCaret(snapper, { caret: 0, selected: null }, "sentence", 1)).toBe(21);
  });

  it("leaves a selection at the edge it goes to", () => {
    const selected = { start: 4, end: 14, moving: "end" as const };
    expect(moveCaret(snapper, { caret: 14, selected }, "word", 1)).toBe(15);
    expect(moveCaret(snapper, { caret: 14, selected }, "word", -1)).toBe(0);
  });
});

describe("a selection", () => {
  it("begins with the word at the caret and grows by words", () => {
    expect(walk(0, ["word", 1])).toBe("one");
    expect(walk(0, ["word", 1], ["word", 1], ["word", 1])).toBe("one two, three");
    expect(walk(9, ["word", -1])).toBe("two");
  });

  it("shrinks again and then grows to the other side", () => {
    expect(walk(4, ["word", 1], ["word", 1], ["word", -1])).toBe("two");
    expect(walk(4, ["word", 1], ["word", -1])).toBe("one two");
    expect(walk(9, ["word", -1], ["word", -1], ["word", 1])).toBe("two");
    expect(walk(9, ["word", -1], ["word", 1])).toBe("two, three");
  });

  it("is fitted by single characters whatever the snap is", () => {
    expect(walk(0, ["word", 1], ["character", -1])).toBe("on");
    expect(walk(4, ["word", 1], ["character", 1])).toBe("two,");
    expect(walk(4, ["character", 1], ["word", 1])).toBe("two");
  });

  it("stays where the text ends", () => {
    expect(walk(26, ["word", 1], ["word", 1])).toBe("six");
  });
});

describe("an edge of a span", () => {
  const span = { start: 4, end: 14 };
  it.each([
    ["end", 1, "two, three four"],
    ["end", -1, "two"],
    ["start", -1, "one two, three"],
    ["start", 1, "three"],
  ] as const)("moves by words: %s %i", (edge, step, expected) => {
    const moved = nudge(snapper, span, edge, "word", step);
    expect(moved && TEXT.slice(moved.start, moved.end)).toBe(expected);
  });

  it("never passes the other edge", () => {
    expect(nudge(snapper, { start: 0, end: 3 }, "end", "word", -1)).toBeNull();
    expect(nudge(snapper, { start: 26, end: 29 }, "start", "word", 1)).toBeNull();
    expect(nudge(snapper, { start: 0, end: 3 }, "start", "word", -1)).toBeNull();
  });
});

it("finds the direction of a paragraph by its first letter", () => {
  expect(isRightToLeft("12 — قال Anna")).toBe(true);
  expect(isRightToLeft("Anna قال")).toBe(false);
  expect(isRightToLeft("שלום")).toBe(true);
  expect(isRightToLeft("… 5")).toBe(false);
});
