/** The spans of one question as a list: what is marked, with which label, and the way to its place. */
import { h } from "../../../core/dom";
import { lookClasses } from "./marks";
import { isSame } from "./model";
import type { Span } from "./model";
import { shorten } from "./snapping";

export interface Row {
  span: Span;
  quote: string;
  title: string;
  look: number;
}

const QUOTE = 80;

function keyOf({ start, end, label }: Span): string {
  return `${start}-${end}-${label}`;
}

export class SpanList {
  readonly element: HTMLElement;
  private readonly head: HTMLElement;
  private readonly box: HTMLElement;
  private rows: Row[] = [];
  private chosen: Span | null = null;
  private marked: HTMLElement | null = null;
  /** Where the chosen one stood, for going on from there after it was deleted. */
  private left = 0;
  private made = 0;
  private readonly items = new Map<string, HTMLElement>();

  constructor(private readonly id: string, private readonly choose: (span: Span) => void) {
    this.head = h("h3", { class: "span-list-title", id: `${id}-list-title` });
    this.box = h("div", { class: "span-list", tabindex: 0, role: "listbox", "aria-labelledby": `${id}-list-title` });
    this.element = h("div", { class: "span-list-box" }, this.head, this.box);
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.box.addEventListener("focus", () => this.onFocus());
    this.box.addEventListener("click", (event) => {
      const item = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      const row = this.rows[[...this.box.children].indexOf(item as Element)];
      if (row) this.choose(row.span);
    });
  }

  /** "3 spans". */
  get count(): string {
    const { length } = this.rows;
    return length === 1 ? "1 span" : `${length} spans`;
  }

  show(rows: Row[]): void {
    this.rows = rows;
    this.head.textContent = rows.length === 0 ? "Nothing is marked yet" : this.count;
    this.box.hidden = rows.length === 0;
    const kept = new Set<string>();
    const items = rows.map((row) => {
      const key = keyOf(row.span);
      kept.add(key);
      const item = this.items.get(key) ?? this.buildItem(row);
      this.items.set(key, item);
      return item;
    });
    for (const key of this.items.keys()) if (!kept.has(key)) this.items.delete(key);
    // only what is new is moved: a long list keeps its place
    items.forEach((item, index) => {
      if (this.box.children[index] !== item) this.box.insertBefore(item, this.box.children[index] ?? null);
    });
    while (this.box.children.length > items.length) this.box.lastElementChild?.remove();
    this.marked = null;
    this.mark(this.chosen);
  }

  private buildItem({ quote, title, look }: Row): HTMLElement {
    return h(
      "div",
      { role: "option", id: `${this.id}-span-${(this.made += 1)}`, class: `span-row ${lookClasses(look)}`, "aria-selected": "false" },
      h("i", { class: "span-swatch" }),
      h("span", { class: "span-quote" }, h("bdi", { dir: "auto" }, shorten(quote.replace(/\s+/g, " "), QUOTE))),
      h("bdi", { class: "span-row-label" }, title),
    );
  }

  /** Shows which span is chosen in the text. */
  mark(span: Span | null): void {
    this.chosen = span;
    const item = span && this.items.get(keyOf(span));
    if (item && item === this.marked) return;
    this.box.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    this.marked = item ?? null;
    this.box.removeAttribute("aria-activedescendant");
    if (!item) return;
    this.left = this.place;
    item.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", item.id);
    // measured with the next frame: asking now would lay out the page once more
    requestAnimationFrame(() => this.marked === item && this.reveal(item));
  }

  /** Scrolls the list only, never the page. */
  private reveal(item: HTMLElement): void {
    const top = item.offsetTop - this.box.offsetTop;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + item.offsetHeight > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + item.offsetHeight - this.box.clientHeight;
  }

  private get place(): number {
    const { chosen } = this;
    return chosen === null ? -1 : this.rows.findIndex((row) => isSame(row.span, chosen));
  }

  private onFocus(): void {
    const first = this.rows[0];
    if (this.place === -1 && first) this.choose(first.span);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const last = this.rows.length - 1;
    const { place, left } = this;
    const [below, above] = place === -1 ? [left, left - 1] : [place + 1, place - 1];
    const places: Record<string, number> = { ArrowDown: Math.min(last, below), ArrowUp: Math.max(0, above), Home: 0, End: last };
    const row = this.rows[places[event.key] ?? -1];
    if (!row) return;
    event.preventDefault();
    this.choose(row.span);
  }
}
