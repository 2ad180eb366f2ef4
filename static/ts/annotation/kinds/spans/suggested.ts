/** Suggested spans, dashed around the text: they are no marks, so nothing there can be picked, moved or deleted. */
import { h } from "../../../core/dom";
import { put } from "./marks";
import type { TextSurface } from "./surface";
import type { Unit } from "./snapping";

export interface SuggestedSpan extends Unit {
  title: string;
}

export class SuggestedSpans {
  private readonly element = h("div", { class: "span-layer span-under suggested-spans", "aria-hidden": "true" });
  private readonly watch: ResizeObserver;

  /** `spans` in UTF-16. */
  constructor(private readonly surface: TextSurface, private readonly spans: readonly SuggestedSpan[]) {
    // a layer of its own: the one that selections are drawn on is emptied with each of them
    surface.element.prepend(this.element);
    this.watch = new ResizeObserver(() => this.place());
    this.watch.observe(surface.element);
    this.place();
  }

  /** The lines of the text may have moved. */
  place(): void {
    const pieces = this.spans.flatMap((span) =>
      this.surface.boxes(span).map(({ left, top, right, bottom }, index) => {
        const name = index === 0 ? h("bdi", { class: "suggested-name" }, span.title) : null;
        const piece = h("i", { class: "suggested-span" }, name);
        put(piece, left, top, right - left);
        piece.style.height = `${bottom - top}px`;
        return piece;
      }),
    );
    this.element.replaceChildren(...pieces);
  }

  remove(): void {
    this.watch.disconnect();
    this.element.remove();
  }
}
