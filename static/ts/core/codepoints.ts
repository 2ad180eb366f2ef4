/**
 * Offsets at the browser's edge: the API counts Unicode code points, the DOM counts UTF-16 units.
 * Nothing else in the front end converts between the two.
 */

/** Number of code points of a text. */
export function lengthInCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A UTF-16 offset as a code point offset; an offset inside a surrogate pair counts as its start. */
export function toCodePoints(text: string, utf16: number): number {
  if (utf16 < 0 || utf16 > text.length) throw new RangeError(`offset ${utf16} is outside the text`);
  let units = 0;
  let points = 0;
  for (const character of text) {
    if (units + character.length > utf16) break;
    units += character.length;
    points += 1;
  }
  return points;
}

/** A code point offset as a UTF-16 offset. */
export function toUtf16(text: string, points: number): number {
  if (points < 0) throw new RangeError(`offset ${points} is outside the text`);
  let units = 0;
  let seen = 0;
  for (const character of text) {
    if (seen === points) return units;
    units += character.length;
    seen += 1;
  }
  if (seen === points) return units;
  throw new RangeError(`offset ${points} is outside the text`);
}

/** The text between two code point offsets, end not included. */
export function sliceCodePoints(text: string, start: number, end: number): string {
  return text.slice(toUtf16(text, start), toUtf16(text, end));
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * A range of code points widened so that it never begins or ends inside a grapheme
 * (a family emoji, a letter with its combining mark, CR LF).
 */
export function snapToGraphemes(text: string, start: number, end: number): { start: number; end: number } {
  let from = start;
  let to = end;
  let at = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = at + lengthInCodePoints(segment);
    if (at < from && from < next) from = at;
    if (at < to && to < next) to = next;
    at = next;
  }
  return { start: from, end: to };
}

/** Both ways for one text, prepared once: for many offsets of a long text. */
export class OffsetMap {
  /** Code points in all. */
  readonly length: number;
  /** Where each code point begins in UTF-16; null where the two counts are the same. */
  private readonly starts: Uint32Array | null;

  constructor(text: string) {
    this.length = lengthInCodePoints(text);
    this.starts = this.length === text.length ? null : new Uint32Array(this.length + 1);
    if (!this.starts) return;
    let units = 0;
    let points = 0;
    for (const character of text) {
      this.starts[points] = units;
      units += character.length;
      points += 1;
    }
    this.starts[points] = units;
  }

  toUtf16(points: number): number {
    const at = Math.min(Math.max(0, points), this.length);
    return this.starts ? (this.starts[at] ?? 0) : at;
  }

  /** An offset inside a surrogate pair counts as its start. */
  toCodePoints(utf16: number): number {
    if (!this.starts) return Math.min(Math.max(0, utf16), this.length);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= utf16) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
