/** Draws what is selected or chosen in a text: its ground, the handles of its edges, and the caret. */
import { h } from "../../../core/dom";
import { put } from "./marks";
import type { Unit } from "./snapping";
import type { Box, TextSurface } from "./surface";

export type Edge = "start" | "end";

export interface Framed {
  range: Unit;
  boxes: readonly Box[];
  /** Classes of the label's colour, where a span is chosen. */
  look: string;
  /** The edge that the keys move. */
  edge: Edge | null;
}

function buildHandle(edge: Edge): HTMLElement {
  return h("i", { class: "span-handle", "data-edge": edge, hidden: true });
}

export class Frame {
  readonly caret: HTMLElement;
  readonly handles: Readonly<Record<Edge, HTMLElement>> = { start: buildHandle("start"), end: buildHandle("end") };
  /** Where the caret is drawn. */
  private caretAt: number | null = null;

  constructor(private readonly surface: TextSurface, name: string) {
    // an element of its own that takes the keys: the text stays plain text for who reads it with a screen reader
    this.caret = h("div", { class: "span-caret", tabindex: 0, role: "application", "aria-label": `Caret in ${name}: arrows move it, Shift selects, the key of a label marks, Escape leaves` });
    surface.over.append(this.handles.start, this.handles.end);
    surface.element.append(this.caret);
  }

  show(framed: Framed | null): void {
    const fills = (framed?.boxes ?? []).map((box) => {
      const fill = h("i", { class: `span-fill ${framed?.look ?? ""}`.trim() });
      put(fill, box.left, box.top, box.right - box.left);
      fill.style.height = `${box.bottom - box.top}px`;
      return fill;
    });
    this.surface.under.replaceChildren(...fills);
    for (const edge of ["start", "end"] as const) this.showHandle(edge, framed);
  }

  private showHandle(edge: Edge, framed: Framed | null): void {
    const { [edge]: element } = this.handles;
    const box = edge === "start" ? framed?.boxes[0] : framed?.boxes.at(-1);
    element.hidden = !box;
    element.toggleAttribute("data-chosen", framed?.edge === edge);
    if (!framed || !box) return;
    const rightToLeft = this.surface.isRightToLeft(edge === "start" ? framed.range.start : framed.range.end - 1);
    put(element, (edge === "start") === rightToLeft ? box.right : box.left, box.top);
    element.style.height = `${box.bottom - box.top}px`;
  }

  showCaret(offset: number): void {
    if (offset === this.caretAt) return;
    this.caretAt = offset;
    const box = this.surface.caretBox(offset);
    put(this.caret, box.left, box.top);
    this.caret.style.height = `${box.bottom - box.top}px`;
  }

  /** The lines of the text have moved: the caret must be measured again. */
  forgetCaret(): void {
    this.caretAt = null;
  }

  /** Brings the caret into sight, above whatever covers the lower end of the window. */
  reveal(covered = 0): void {
    this.caret.style.scrollMarginBottom = covered > 0 ? `${covered}px` : "";
    this.caret.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
