/** Boxes: kept as fractions of the image, moved on its pixels. Pure. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  label: string;
}

/** A place in the image, in its pixels. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/** A millionth of the image, as the server rounds. */
const MILLION = 1e6;
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
const fraction = (pixels: number, whole: number): number => Math.round((pixels / whole) * MILLION) / MILLION;

export function toRect(box: Box, size: Size): Rect {
  const left = clamp(Math.round(box.x * size.width), 0, size.width - 1);
  const top = clamp(Math.round(box.y * size.height), 0, size.height - 1);
  return {
    left,
    top,
    width: clamp(Math.round((box.x + box.width) * size.width) - left, 1, size.width - left),
    height: clamp(Math.round((box.y + box.height) * size.height) - top, 1, size.height - top),
  };
}

export function toBox(rect: Rect, size: Size, label: string): Box {
  const x = fraction(rect.left, size.width);
  const y = fraction(rect.top, size.height);
  return {
    x,
    y,
    // from edge to edge, so that rounding never carries a box over the border
    width: Math.round((fraction(rect.left + rect.width, size.width) - x) * MILLION) / MILLION,
    height: Math.round((fraction(rect.top + rect.height, size.height) - y) * MILLION) / MILLION,
    label,
  };
}

/** The part of a place that lies in the image. */
export function inside(rect: Rect, size: Size): Rect {
  const left = clamp(rect.left, 0, size.width - 1);
  const top = clamp(rect.top, 0, size.height - 1);
  return { left, top, width: clamp(rect.width, 1, size.width - left), height: clamp(rect.height, 1, size.height - top) };
}

/** Moves a box and keeps it in the image. */
export function nudge(rect: Rect, dx: number, dy: number, size: Size): Rect {
  return { ...rect, left: clamp(rect.left + dx, 0, size.width - rect.width), top: clamp(rect.top + dy, 0, size.height - rect.height) };
}

/** Moves the right and the lower edge; a box is never smaller than a pixel. */
export function stretch(rect: Rect, dx: number, dy: number, size: Size): Rect {
  return { ...rect, width: clamp(rect.width + dx, 1, size.width - rect.left), height: clamp(rect.height + dy, 1, size.height - rect.top) };
}

/** The box between two opposite corners. */
export function between(a: Point, b: Point, size: Size): Rect {
  const x = [a.x, b.x].map((value) => clamp(Math.round(value), 0, size.width));
  const y = [a.y, b.y].map((value) => clamp(Math.round(value), 0, size.height));
  const left = Math.min(...x, size.width - 1);
  const top = Math.min(...y, size.height - 1);
  return { left, top, width: Math.max(1, Math.max(...x) - left), height: Math.max(1, Math.max(...y) - top) };
}

/** A box to begin with: a quarter of what is seen, in the middle of it, and not on top of another. */
export function freshRect(seen: Rect, size: Size, taken: readonly Rect[]): Rect {
  const width = Math.max(1, Math.round(seen.width / 4));
  const height = Math.max(1, Math.round(seen.height / 4));
  let rect = { left: Math.round(seen.left + (seen.width - width) / 2), top: Math.round(seen.top + (seen.height - height) / 2), width, height };
  const step = Math.max(1, Math.round(Math.min(width, height) / 5));
  while (taken.some((other) => other.left === rect.left && other.top === rect.top)) {
    const next = nudge(rect, step, step, size);
    if (next.left === rect.left && next.top === rect.top) break;
    rect = next;
  }
  return nudge(rect, 0, 0, size);
}

export function overlap(a: Rect, b: Rect): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}

/** The places of the boxes over a point, the smallest first: what lies inside another can be reached. */
export function boxesAt(rects: readonly Rect[], point: Point): number[] {
  return rects
    .map((rect, index) => ({ rect, index }))
    .filter(({ rect }) => point.x >= rect.left && point.x <= rect.left + rect.width && point.y >= rect.top && point.y <= rect.top + rect.height)
    .sort((a, b) => a.rect.width * a.rect.height - b.rect.width * b.rect.height)
    .map(({ index }) => index);
}

/** What a stored answer holds of boxes that can be drawn. */
export function boxesOf(value: unknown): Box[] {
  if (!Array.isArray(value)) return [];
  const whole = (box: Partial<Box> | null): box is Box =>
    typeof box === "object" && box !== null && [box.x, box.y, box.width, box.height].every((side) => Number.isFinite(side)) && typeof box.label === "string";
  return (value as (Partial<Box> | null)[]).filter(whole).map(({ x, y, width, height, label }) => ({ x, y, width, height, label }));
}

/** The place of a box that says the same as another one, or -1. */
export function repeated(boxes: readonly Box[]): number {
  const keys = boxes.map((box) => JSON.stringify([box.x, box.y, box.width, box.height, box.label]));
  return keys.findIndex((key, index) => keys.indexOf(key) !== index);
}
