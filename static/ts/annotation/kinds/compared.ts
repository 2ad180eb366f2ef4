/**
 * Texts set side by side, without the names of their fields, since a name may say where a text comes from.
 * Questions about the same fields share one set of panels.
 */
import { h } from "../../core/dom";
import { nameOf } from "../answer_words";
import { renderValue } from "../item_view";
import type { ItemPane } from "./kind";

export interface Panel {
  field: string;
  /** What the text is called on the screen: A and B, or 1, 2, 3. */
  name: string;
  element: HTMLElement;
  /** Where a question may put a button of its own. */
  actions: HTMLElement;
}

interface Set {
  key: string;
  panels: Panel[];
}

/** The sets that were drawn, by the section of the item that they stand in for. */
const drawn = new WeakMap<HTMLElement, Set[]>();

/** Draws the texts in the item pane, in the place of the sections of their fields. */
export function drawCompared(pane: ItemPane, order: string[]): Panel[] {
  const sections = order.map((name) => pane.field(name)?.section).filter((section) => section !== undefined);
  const first = sections[0];
  if (!first) return [];
  const key = JSON.stringify(order);
  const before = (drawn.get(first) ?? []).find((set) => set.key === key);
  if (before) return before.panels;
  const panels = order.map((field, index) => buildPanel(pane, field, nameOf(index, order.length)));
  const box = h("div", { class: order.length === 2 ? "compared compared-pair" : "compared" }, ...panels.map(({ element }) => element));
  first.before(box);
  for (const section of sections) section.hidden = true;
  drawn.set(first, [...(drawn.get(first) ?? []), { key, panels }]);
  if (order.length === 2) scrollTogether(panels.map(({ element }) => element.lastElementChild as HTMLElement));
  return panels;
}

function buildPanel(pane: ItemPane, name: string, letter: string): Panel {
  const view = pane.field(name);
  const value = view ? renderValue(pane.item, { ...view.field, title: `Text ${letter}` }) : h("p", { class: "item-missing" }, "Empty");
  const actions = h("div", { class: "panel-actions" });
  const head = h("div", { class: "panel-head" }, h("h2", { class: "panel-name" }, letter), actions);
  const body = h("div", { class: "panel-body", tabindex: 0, role: "group", "aria-label": `Text ${letter}` }, value);
  return { field: name, name: letter, element: h("section", { class: "panel" }, head, body), actions };
}

/** Both texts move by the same share of their length, so that their ends meet. */
function scrollTogether(bodies: HTMLElement[]): void {
  let led: HTMLElement | null = null;
  for (const body of bodies) {
    body.addEventListener("scroll", () => {
      // the echo of a move made here
      if (led === body) return void (led = null);
      const share = body.scrollTop / Math.max(1, body.scrollHeight - body.clientHeight);
      for (const other of bodies) {
        const goal = Math.round(share * (other.scrollHeight - other.clientHeight));
        if (other === body || Math.abs(other.scrollTop - goal) < 1) continue;
        led = other;
        other.scrollTop = goal;
      }
    }, { passive: true });
  }
}

/** The beginning of a text, to tell it from the others in a list. */
export function beginningOf(pane: ItemPane, field: string): string {
  const value = pane.item.fields[field];
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 80).trimEnd()}…` : line;
}
