/** Words, characters and sentences of one text, in UTF-16 offsets; no unit begins or ends inside a grapheme. */

export type Snap = "word" | "character" | "sentence";

export const SNAPS: readonly Snap[] = ["word", "character", "sentence"];

export interface Unit {
  start: number;
  end: number;
}

/** Something to read: a word, a number, a sign, an emoji; not what only separates them. */
const SUBSTANCE = /[^\s\p{P}\p{C}]/u;
const BLANK = /^\s*$/;

const GRANULARITY = { word: "word", character: "grapheme", sentence: "sentence" } as const;

function segmenter(language: string | null | undefined, granularity: "word" | "grapheme" | "sentence"): Intl.Segmenter {
  try {
    return new Intl.Segmenter(language || undefined, { granularity });
  } catch {
    return new Intl.Segmenter(undefined, { granularity }); // not a language that the browser knows
  }
}

export class Snapper {
  private readonly made = new Map<Snap, Intl.Segments>();

  constructor(readonly text: string, private readonly language: string | null | undefined) {}

  private segments(snap: Snap): Intl.Segments {
    const made = this.made.get(snap) ?? segmenter(this.language, GRANULARITY[snap]).segment(this.text);
    this.made.set(snap, made);
    return made;
  }

  private segmentAt(snap: Snap, at: number): Unit | null {
    const found = at < 0 ? undefined : this.segments(snap).containing(at);
    return found ? { start: found.index, end: found.index + found.segment.length } : null;
  }

  /** The grapheme at a place, or null behind the last one. */
  grapheme(at: number): Unit | null {
    return this.segmentAt("character", at);
  }

  /** Widens a range so that no grapheme is cut. */
  whole({ start, end }: Unit): Unit {
    const first = this.grapheme(start);
    const last = this.grapheme(end);
    return {
      start: first && first.start < start ? first.start : start,
      end: last && last.start < end ? last.end : end,
    };
  }

  private trim({ start, end }: Unit): Unit | null {
    const inside = this.text.slice(start, end);
    const from = start + (inside.length - inside.trimStart().length);
    const to = end - (inside.length - inside.trimEnd().length);
    return from < to ? this.whole({ start: from, end: to }) : null;
  }

  /** A segment as a unit to select, or null if there is nothing to select in it. */
  private unit(snap: Snap, segment: Unit): Unit | null {
    if (snap === "character") return segment;
    if (snap === "sentence") return this.trim(segment);
    return SUBSTANCE.test(this.text.slice(segment.start, segment.end)) ? this.whole(segment) : null;
  }

  /** The first unit that ends behind a place. */
  next(snap: Snap, from: number): Unit | null {
    for (let at = Math.max(0, from); at < this.text.length; ) {
      const segment = this.segmentAt(snap, at);
      if (!segment) return null;
      const unit = this.unit(snap, segment);
      if (unit && unit.end > from) return unit;
      at = segment.end;
    }
    return null;
  }

  /** The first unit that begins at a place or behind it. */
  nextStart(snap: Snap, from: number): Unit | null {
    let unit = this.next(snap, from);
    while (unit && unit.start < from) unit = this.next(snap, unit.end);
    return unit;
  }

  /** The last unit that begins before a place. */
  previous(snap: Snap, from: number): Unit | null {
    for (let at = Math.min(from, this.text.length) - 1; at >= 0; ) {
      const segment = this.segmentAt(snap, at);
      if (!segment) return null;
      const unit = this.unit(snap, segment);
      if (unit && unit.start < from) return unit;
      at = segment.start - 1;
    }
    return null;
  }

  /** The last unit that ends before a place. */
  previousEnd(snap: Snap, from: number): Unit | null {
    let unit = this.previous(snap, from);
    while (unit && unit.end >= from) unit = this.previous(snap, unit.start);
    return unit;
  }

  /** A range as the hand drew it, widened to whole units; null if there is only white space in it. */
  cover(snap: Snap, { start, end }: Unit): Unit | null {
    if (start >= end) return null;
    if (snap === "character") return this.whole({ start, end });
    const touched = this.trimmed(start, end);
    if (!touched) return null;
    const first = this.segmentAt(snap, touched.start);
    const last = this.segmentAt(snap, touched.end - 1);
    return this.trim({ start: first?.start ?? touched.start, end: last?.end ?? touched.end });
  }

  private trimmed(start: number, end: number): Unit | null {
    const inside = this.text.slice(start, end);
    if (BLANK.test(inside)) return null;
    return { start: start + inside.length - inside.trimStart().length, end: end - inside.length + inside.trimEnd().length };
  }

  /** How many units a range holds, for the announcement of it. */
  count(snap: Snap, { start, end }: Unit): number {
    let count = 0;
    for (let at = start; at < end; count += 1) {
      const unit = this.next(snap, at);
      if (!unit || unit.start >= end) break;
      at = unit.end;
    }
    return count;
  }
}

/** "3 words selected: …": what a screen reader hears of a selection. */
export function selectionWords(snapper: Snapper, snap: Snap, range: Unit): string {
  const count = snapper.count(snap, range);
  const unit = count === 1 ? snap : `${snap}s`;
  return `${count} ${unit} selected: ${shorten(snapper.text.slice(range.start, range.end))}`;
}

const LONGEST = 120;

export function shorten(quote: string, longest = LONGEST): string {
  const characters = [...quote];
  if (characters.length <= longest) return quote;
  return `${characters.slice(0, longest - 1).join("")}…`;
}
