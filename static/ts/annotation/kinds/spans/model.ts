/** Spans as they are stored, and which of them may stand beside which. Offsets are code points, half-open. */

export interface Span {
  start: number;
  end: number;
  label: string;
}

export type Crossing = "none" | "nested" | "any";

/** Why a span is refused, and the span it cannot stand beside. */
export interface Conflict {
  why: "same" | "overlap" | "cross";
  other: Span;
}

export function isSame(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end && a.label === b.label;
}

function compare(a: Span, b: Span): number {
  return a.start - b.start || a.end - b.end || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);
}

/** In the order in which spans are stored: by start, end and label. */
export function inOrder(spans: readonly Span[]): Span[] {
  return [...spans].sort(compare);
}

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

function isInside(a: Span, b: Span): boolean {
  return b.start <= a.start && a.end <= b.end;
}

/** The first span that `span` may not stand beside; `others` does not hold the span itself. */
export function findConflict(span: Span, others: readonly Span[], crossing: Crossing): Conflict | null {
  const same = others.find((other) => isSame(span, other));
  if (same) return { why: "same", other: same };
  if (crossing === "any") return null;
  const met = others.filter((other) => overlaps(span, other));
  if (crossing === "none") return met[0] ? { why: "overlap", other: met[0] } : null;
  const crossed = met.find((other) => !isInside(span, other) && !isInside(other, span));
  return crossed ? { why: "cross", other: crossed } : null;
}

/** The spans of a stored answer that this text can show. */
export function readSpans(value: unknown, length: number): Span[] {
  if (!Array.isArray(value)) return [];
  const found = (value as Partial<Span>[]).filter(
    (span): span is Span =>
      typeof span?.start === "number" && typeof span.end === "number" && typeof span.label === "string" && 0 <= span.start && span.start < span.end && span.end <= length,
  );
  return inOrder(found.map(({ start, end, label }) => ({ start, end, label })));
}

/** The next or the previous span seen from a place in the text or from another span. */
export function neighbour(spans: readonly Span[], from: Span | number, step: 1 | -1): Span | null {
  const sorted = inOrder(spans);
  if (typeof from !== "number") {
    const place = sorted.findIndex((span) => isSame(span, from));
    return sorted[(place + step + sorted.length) % sorted.length] ?? null;
  }
  const found = step === 1 ? sorted.find((span) => span.start >= from) : sorted.filter((span) => span.end <= from).at(-1);
  return found ?? (step === 1 ? sorted[0] : sorted.at(-1)) ?? null;
}
