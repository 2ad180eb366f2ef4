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
