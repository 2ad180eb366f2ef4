/** Caret and selection in a text, moved by the keyboard. Pure: offsets in UTF-16, logical order. */
import type { Snap, Snapper, Unit } from "./snapping";

export interface Selected extends Unit {
  /** The edge that moves; the other one stays where the selection began. */
  moving: "start" | "end";
}

export interface Place {
  caret: number;
  selected: Selected | null;
}

export type Step = 1 | -1;

/** A step of the caret over words, characters or sentences; a selection is left at its edge. */
export function moveCaret(snapper: Snapper, place: Place, snap: Snap, step: Step): number {
  if (step === 1) {
    const from = place.selected ? place.selected.end : place.caret + 1;
    return snapper.nextStart(snap, from)?.start ?? snapper.text.length;
  }
  const from = place.selected ? place.selected.start : place.caret;
  return snapper.previous(snap, from)?.start ?? 0;
}

function begin(snapper: Snapper, caret: number, snap: Snap, step: Step): Selected | null {
  const unit = step === 1 ? snapper.next(snap, caret) : snapper.previous(snap, caret);
  return unit && { ...unit, moving: step === 1 ? "end" : "start" };
}

/** Moves the moving edge by one unit; where it would meet the other one, the edges change their parts. */
export function extend(snapper: Snapper, place: Place, snap: Snap, step: Step): Selected | null {
  const { selected } = place;
  if (!selected) return begin(snapper, place.caret, snap, step);
  return selected.moving === "end" ? extendEnd(snapper, selected, snap, step) : extendStart(snapper, selected, snap, step);
}

function extendEnd(snapper: Snapper, selected: Selected, snap: Snap, step: Step): Selected {
  if (step === 1) {
    const unit = snapper.next(snap, selected.end);
    return unit ? { ...selected, end: unit.end } : selected;
  }
  const before = snapper.previousEnd(snap, selected.end);
  if (before && before.end > selected.start) return { ...selected, end: before.end };
  return extendStart(snapper, { ...selected, moving: "start" }, snap, -1);
}

function extendStart(snapper: Snapper, selected: Selected, snap: Snap, step: Step): Selected {
  if (step === -1) {
    const unit = snapper.previous(snap, selected.start);
    return unit ? { ...selected, start: unit.start } : selected;
  }
  const after = snapper.nextStart(snap, selected.start + 1);
  if (after && after.start < selected.end) return { ...selected, start: after.start };
  return extendEnd(snapper, { ...selected, moving: "end" }, snap, 1);
}

/** One edge of a span moved by one unit; null where the text ends or nothing would be left of the span. */
export function nudge(snapper: Snapper, span: Unit, edge: "start" | "end", snap: Snap, step: Step): Unit | null {
  const moved = edge === "end" ? nudgedEnd(snapper, span, snap, step) : nudgedStart(snapper, span, snap, step);
  return moved && moved.start < moved.end ? moved : null;
}

function nudgedEnd(snapper: Snapper, span: Unit, snap: Snap, step: Step): Unit | null {
  const unit = step === 1 ? snapper.next(snap, span.end) : snapper.previousEnd(snap, span.end);
  return unit && { start: span.start, end: unit.end };
}

function nudgedStart(snapper: Snapper, span: Unit, snap: Snap, step: Step): Unit | null {
  const unit = step === 1 ? snapper.nextStart(snap, span.start + 1) : snapper.previous(snap, span.start);
  return unit && { start: unit.start, end: span.end };
}

/** Direction of a paragraph by its first strong letter, as the browser finds it for dir=auto. */
export function isRightToLeft(paragraph: string): boolean {
  const strong = /\p{L}/u.exec(paragraph)?.[0];
  return strong !== undefined && /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(strong);
}
