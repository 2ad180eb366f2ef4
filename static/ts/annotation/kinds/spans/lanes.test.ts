import { describe, expect, it } from "vitest";
import { LANES, assignLanes, depths, groupHidden } from "./lanes";

const lanes = (...ranges: [number, number][]) => assignLanes(ranges.map(([start, end]) => ({ start, end }))).map(({ span, lane }) => [span.start, span.end, lane]);

describe("lines under a text", () => {
  it("are shared by spans that do not overlap", () => {
    expect(lanes([0, 3], [3, 6], [8, 9])).toEqual([[0, 3, 0], [3, 6, 0], [8, 9, 0]]);
  });

  it("give the outer of two nested spans the line next to the text", () => {
    expect(lanes([2, 4], [0, 9], [5, 8])).toEqual([[0, 9, 0], [2, 4, 1], [5, 8, 1]]);
  });

  it("never put two overlapping spans on one line, and drop none", () => {
    const ranges = Array.from({ length: 60 }, (_, index) => ({ start: (index * 7) % 50, end: ((index * 7) % 50) + 1 + ((index * 13) % 17) }));
    const found = assignLanes(ranges);
    expect(found).toHaveLength(ranges.length);
    for (const a of found) {
      for (const b of found) if (a !== b && a.lane === b.lane) expect(a.span.end <= b.span.start || b.span.end <= a.span.start).toBe(true);
    }
  });

  it("count what lies deeper than the lines that are drawn", () => {
    const laned = assignLanes(Array.from({ length: LANES + 2 }, () => ({ start: 4, end: 9 })).concat({ start: 20, end: 22 }));
    expect(groupHidden(laned).map(({ start, end, spans }) => [start, end, spans.length])).toEqual([[4, 9, 2]]);
  });

  it("ask for room only where spans are stacked", () => {
    expect(depths(assignLanes([{ start: 0, end: 5 }, { start: 8, end: 9 }]))).toEqual([]);
    expect(depths(assignLanes([{ start: 0, end: 9 }, { start: 2, end: 5 }, { start: 3, end: 4 }]))).toEqual([
      { start: 2, end: 3, depth: 2 }, { start: 3, end: 4, depth: 3 }, { start: 4, end: 5, depth: 2 },
    ]);
    const deep = assignLanes(Array.from({ length: 6 }, () => ({ start: 1, end: 3 })));
    expect(depths(deep)).toEqual([{ start: 1, end: 3, depth: LANES + 1 }]);
  });
});
