import { describe, expect, it } from "vitest";
import { between, boxesAt, boxesOf, freshRect, inside, nudge, overlap, repeated, stretch, toBox, toRect } from "./geometry";

const SIZE = { width: 640, height: 479 };
const RECT = { left: 10, top: 20, width: 100, height: 50 };

describe("boxes", () => {
  it("come back to the same pixels, and never over the border", () => {
    for (const size of [SIZE, { width: 7, height: 3 }, { width: 20_011, height: 9_973 }]) {
      for (let step = 1; step <= 40; step += 1) {
        const left = Math.floor((size.width - 1) * ((step * 7) % 41) / 41);
        const top = Math.floor((size.height - 1) * ((step * 11) % 41) / 41);
        const rect = { left, top, width: Math.max(1, Math.floor((size.width - left) * step / 40)), height: Math.max(1, Math.floor((size.height - top) * (41 - step) / 40)) };
        const box = toBox(rect, size, "a");
        expect(toRect(box, size)).toEqual(rect);
        expect(box.x + box.width).toBeLessThanOrEqual(1 + 1e-9);
        expect(box.y + box.height).toBeLessThanOrEqual(1 + 1e-9);
        expect(toBox(toRect(box, size), size, "a")).toEqual(box);
      }
    }
  });

  it("move and stretch by pixels inside the image", () => {
    expect(nudge(RECT, -1, 10, SIZE)).toEqual({ ...RECT, left: 9, top: 30 });
    expect(nudge(RECT, -100, 1000, SIZE)).toEqual({ ...RECT, left: 0, top: 429 });
    expect(stretch(RECT, 1, -10, SIZE)).toEqual({ ...RECT, width: 101, height: 40 });
    expect(stretch(RECT, -1000, 1000, SIZE)).toEqual({ ...RECT, width: 1, height: 459 });
  });

  it("are cut to the image when their numbers are typed", () => {
    expect(inside({ left: -5, top: 900, width: 900, height: 0 }, SIZE)).toEqual({ left: 0, top: 478, width: 640, height: 1 });
  });

  it("lie between two corners, whichever comes first", () => {
    expect(between({ x: 110, y: 70 }, { x: 10, y: 20 }, SIZE)).toEqual(RECT);
    expect(between({ x: -5, y: -5 }, { x: 1000, y: 1000 }, SIZE)).toEqual({ left: 0, top: 0, width: 640, height: 479 });
    expect(between({ x: 640, y: 479 }, { x: 700, y: 500 }, SIZE)).toEqual({ left: 639, top: 478, width: 1, height: 1 });
  });

  it("begin in the middle of what is seen, beside what is there", () => {
    const seen = { left: 0, top: 0, width: 640, height: 480 };
    const first = freshRect(seen, SIZE, []);
    expect(first).toEqual({ left: 240, top: 180, width: 160, height: 120 });
    expect(freshRect(seen, SIZE, [first])).toEqual({ left: 264, top: 204, width: 160, height: 120 });
  });

  it("are found at a point, the smallest first", () => {
    const inner = { left: 20, top: 30, width: 10, height: 10 };
    expect(boxesAt([RECT, inner], { x: 25, y: 35 })).toEqual([1, 0]);
    expect(boxesAt([RECT, inner], { x: 5, y: 5 })).toEqual([]);
    expect(overlap(RECT, inner)).toBe(true);
    expect(overlap(RECT, { ...inner, left: 110 })).toBe(false);
  });

  it("are read from an answer as far as they can be drawn", () => {
    const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4, label: "a" };
    expect(boxesOf([box, null, { x: 1 }, { ...box, label: 3 }])).toEqual([box]);
    expect(boxesOf("no")).toEqual([]);
    expect(repeated([box, { ...box, label: "b" }])).toBe(-1);
    expect(repeated([box, { ...box }])).toBe(1);
  });
});
