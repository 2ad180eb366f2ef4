import { describe, expect, it } from "vitest";
import { OffsetMap, lengthInCodePoints, sliceCodePoints, snapToGraphemes, toCodePoints, toUtf16 } from "./codepoints";

const FAMILY = "👨‍👩‍👧‍👦";
const TEXTS = ["", "plain", "💩This is an annotation.", `a${FAMILY}b`, "مرحبا hello 👋 سلام", "one\r\ntwo\r\n", "e\u0301te\u0301"];

describe("code point offsets", () => {
  it("finds the span of the reference sentence", () => {
    const text = "💩This is an annotation.";
    expect(sliceCodePoints(text, 12, 22)).toBe("annotation");
    expect(toCodePoints(text, 13)).toBe(12);
    expect(toUtf16(text, 12)).toBe(13);
  });

  it.each(TEXTS)("goes there and back in %j", (text) => {
    const length = lengthInCodePoints(text);
    expect(length).toBe([...text].length);
    for (let at = 0; at <= length; at += 1) expect(toCodePoints(text, toUtf16(text, at))).toBe(at);
  });

  it("puts an offset inside a surrogate pair at its start", () => {
    expect(toCodePoints("a💩b", 2)).toBe(1);
    expect(toCodePoints("a💩b", 3)).toBe(2);
  });

  it("refuses what is outside the text", () => {
    expect(() => toUtf16("ab", 3)).toThrow(RangeError);
    expect(() => toUtf16("ab", -1)).toThrow(RangeError);
    expect(() => toCodePoints("ab", 3)).toThrow(RangeError);
  });
});

describe("graphemes", () => {
  it("never cuts a family", () => {
    expect(snapToGraphemes(`a${FAMILY}b`, 2, 4)).toEqual({ start: 1, end: 8 });
  });
  it("never cuts a letter from its accent", () => {
    expect(snapToGraphemes("e\u0301a", 0, 1)).toEqual({ start: 0, end: 2 });
  });
  it("keeps CR LF together", () => {
    expect(snapToGraphemes("a\r\nb", 2, 4)).toEqual({ start: 1, end: 4 });
  });
  it("leaves whole ranges alone", () => {
    expect(snapToGraphemes("hello", 1, 3)).toEqual({ start: 1, end: 3 });
  });
});

describe("a map of offsets", () => {
  it.each(["plain", "💩This is 👨‍👩‍👧‍👦 e\u0301 \r\n قال", ""])("says the same as counting: %s", (text) => {
    const map = new OffsetMap(text);
    for (let units = 0; units <= text.length; units += 1) expect(map.toCodePoints(units)).toBe(toCodePoints(text, units));
    for (let points = 0; points <= map.length; points += 1) expect(map.toUtf16(points)).toBe(toUtf16(text, points));
    expect(map.length).toBe([...text].length);
  });
});
