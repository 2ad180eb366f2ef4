/** Places above, below and at the ends of a line as it is laid out on the screen. */
import type { Step } from "./selection";
import type { TextSurface } from "./surface";

/** The lines are this many heights of a line apart at most, with all the labels between them. */
const FARTHEST = 8;

/** The place one line up or down; the end of the text where there is no such line. */
export function besideLine(surface: TextSurface, caret: number, step: Step): number {
  const { left, top, bottom } = surface.caretBox(caret);
  const corner = surface.element.getBoundingClientRect();
  const half = (bottom - top) / 2;
  for (let gap = half; gap < 2 * half * FARTHEST; gap += half) {
    const offset = surface.offsetAt(corner.left + left, corner.top + (step === 1 ? bottom : top) + step * gap);
    if (offset === null) break;
    const box = surface.caretBox(offset);
    if (step === 1 ? box.top >= bottom : box.bottom <= top) return offset;
  }
  return step === 1 ? surface.content.text.length : 0;
}

/** The start or the end of the line, in the order of reading; null if the line is out of sight. */
export function endOfLine(surface: TextSurface, caret: number, which: "start" | "end"): number | null {
  const { top, bottom } = surface.caretBox(caret);
  const corner = surface.element.getBoundingClientRect();
  const y = corner.top + (top + bottom) / 2;
  const ends = [surface.offsetAt(corner.left + 1, y), surface.offsetAt(corner.right - 1, y)].filter((end) => end !== null);
  if (ends.length === 0) return null;
  return which === "start" ? Math.min(...ends) : Math.max(...ends);
}
