import { describe, expect, it } from "vitest";
import { findConflict, inOrder, neighbour, readSpans } from "./model";
import type { Crossing, Span } from "./model";

const span = (start: number, end: number, label = "A"): Span => ({ start, end, label });

describe("crossing", () => {
  it.each<[Crossing, Span, Span, string | null]>([
    ["none", span(0, 3), span(3, 6), null],
    ["none", span(0, 4), span(3, 6), "overlap"],
    ["none", span(0, 9), span(3, 6), "overlap"],
    ["nested", span(0, 9), span(3, 6), null],
    ["nested", span(3, 6), span(0, 9), null],
    ["nested", span(0, 9), span(0, 9, "B"), null],
    ["nested", span(0, 5), span(3, 9), "cross"],
    ["any", span(0, 5), span(3, 9), null],
    ["any", span(0, 5), span(0, 5), "same"],
    ["nested", span(0, 5), span(0, 5), "same"],
  ])("%s: %o beside %o is %s", (crossing, one, other, why) => {
    expect(findConflict(one, [span(50, 60), other], crossing)?.why ?? null).toBe(why);
  });
});

it("reads what a text can show, in the order of storage", () => {
  const stored = [span(4, 6, "B"), span(4, 6), span(0, 2), span(8, 12), { start: 1 }, span(3, 3), null];
  expect(readSpans(stored, 10)).toEqual([span(0, 2), span(4, 6), span(4, 6, "B")]);
  expect(readSpans("no list", 10)).toEqual([]);
  expect(inOrder([span(3, 9), span(3, 4)])).toEqual([span(3, 4), span(3, 9)]);
});

it("goes from span to span, and round at the ends", () => {
  const spans = [span(0, 2), span(4, 6), span(8, 9)];
  expect(neighbour(spans, spans[0] as Span, 1)).toEqual(span(4, 6));
  expect(neighbour(spans, spans[0] as Span, -1)).toEqual(span(8, 9));
  expect(neighbour(spans, 3, 1)).toEqual(span(4, 6));
  expect(neighbour(spans, 3, -1)).toEqual(span(0, 2));
  expect(neighbour([], 3, 1)).toBeNull();
});
