import { describe, expect, it } from "vitest";
import { Snapper, selectionWords } from "./snapping";
import type { Snap } from "./snapping";

function pieces(text: string, snap: Snap, language?: string): string[] {
  const snapper = new Snapper(text, language);
  const found: string[] = [];
  for (let at = 0; ; ) {
    const unit = snapper.next(snap, at);
    if (!unit) return found;
    found.push(text.slice(unit.start, unit.end));
    at = unit.end;
  }
}

function covered(text: string, snap: Snap, drawn: string): string | null {
  const start = text.indexOf(drawn);
  const unit = new Snapper(text, "en").cover(snap, { start, end: start + drawn.length });
  return unit && text.slice(unit.start, unit.end);
}

describe("units of a text", () => {
  it("are words and signs, not what stands between them", () => {
    expect(pieces("Anna Ek, aged 42 — in “Oslo”!", "word")).toEqual(["Anna", "Ek", "aged", "42", "in", "Oslo"]);
    expect(pieces("costs 5 € 😀 ok", "word")).toEqual(["costs", "5", "€", "😀", "ok"]);
  });

  it("are words in scripts that write no spaces", () => {
    expect(pieces("ภาษาไทยไม่มีช่องว่าง", "word", "th").length).toBeGreaterThan(2);
    expect(pieces("我在北京工作", "word", "zh").length).toBeGreaterThan(2);
    expect(pieces("ภาษาไทยไม่มีช่องว่าง", "word", "th").join("")).toBe("ภาษาไทยไม่มีช่องว่าง");
  });

  it("never cut what a reader sees as one character", () => {
    const text = "e\u0301👨‍👩‍👧‍👦\r\nก\u0e33";
    expect(pieces(text, "character")).toEqual(["e\u0301", "👨‍👩‍👧‍👦", "\r\n", "ก\u0e33"]);
    for (const snap of ["word", "character", "sentence"] as const) {
      for (let start = 0; start < text.length; start += 1) {
        for (let end = start + 1; end <= text.length; end += 1) {
          const unit = new Snapper(text, "en").cover(snap, { start, end });
          if (!unit) continue;
          expect(new Snapper(text, "en").whole(unit)).toEqual(unit);
        }
      }
    }
  });

  it("are sentences without the blanks around them", () => {
    expect(pieces("One here. Two there!\nThree", "sentence")).toEqual(["One here.", "Two there!", "Three"]);
  });

  it("can be walked backwards too", () => {
    const snapper = new Snapper("one two, three", "en");
    expect(snapper.previous("word", 14)).toEqual({ start: 9, end: 14 });
    expect(snapper.previous("word", 9)).toEqual({ start: 4, end: 7 });
    expect(snapper.previousEnd("word", 14)).toEqual({ start: 4, end: 7 });
    expect(snapper.previous("word", 0)).toBeNull();
    expect(snapper.nextStart("word", 1)).toEqual({ start: 4, end: 7 });
    expect(snapper.next("word", 14)).toBeNull();
  });

  it("do not fail on a language that is none", () => {
    expect(pieces("two words", "word", "not a language")).toEqual(["two", "words"]);
  });
});

describe("what the hand drew", () => {
  it("is widened to whole words, without the blanks at its ends", () => {
    expect(covered("Anna Ek works", "word", "na E")).toBe("Anna Ek");
    expect(covered("Anna Ek works", "word", " Ek ")).toBe("Ek");
    expect(covered("see (5) here", "word", "(5")).toBe("(5");
    expect(covered("Anna  Ek", "word", "  ")).toBeNull();
  });

  it("is taken as it is by characters, and as whole sentences by sentences", () => {
    expect(covered("Anna Ek works", "character", "na E")).toBe("na E");
    expect(covered("It is. He was. End", "sentence", "was")).toBe("He was.");
  });
});

it("says how much is selected", () => {
  const snapper = new Snapper("one two, three four", "en");
  expect(selectionWords(snapper, "word", { start: 4, end: 14 })).toBe("2 words selected: two, three");
  expect(selectionWords(snapper, "word", { start: 0, end: 3 })).toBe("1 word selected: one");
  expect(selectionWords(snapper, "character", { start: 0, end: 3 })).toBe("3 characters selected: one");
});
