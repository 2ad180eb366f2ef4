/** The boxes as a list, for reaching what lies under another, and the place of the selected one as numbers. */
import { h } from "../../../core/dom";
import { hintFor } from "../../keys";
import type { Rect } from "./geometry";

export interface ListListener {
  selected(index: number): void;
  placed(rect: Rect): void;
  describe(index: number): string;
}

export interface Entry {
  words: string;
  overlaps: number;
}

const SIDES: readonly (readonly [keyof Rect, string])[] = [
  ["left", "x"],
  ["top", "y"],
  ["width", "Width"],
  ["height", "Height"],
];

export class BoxList {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly none = h("p", { class: "hint" }, "No boxes yet. Submitting says that there are none.");
  private readonly keys = h("p", { class: "hint box-steps" }, h("kbd", {}, hintFor("previous-mark")), " ", h("kbd", {}, hintFor("next-mark")), " previous and next box");
  private readonly place: HTMLElement;
  private readonly inputs: HTMLInputElement[];

  constructor(private readonly id: string, private readonly listener: ListListener) {
    this.list = h("div", { class: "box-list", role: "listbox", "aria-label": "Boxes" });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.inputs = SIDES.map(([side]) => this.buildInput(side));
    const fields = SIDES.map(([side, words], index) => h("div", { class: "field" }, h("label", { for: `${id}-${side}` }, words), this.inputs[index]));
    this.place = h("div", { class: "box-place", role: "group", "aria-label": "Place of the box, in pixels", hidden: true }, ...fields);
    this.element = h("div", { class: "box-listing" }, this.none, this.list, this.keys, this.place);
  }

  private buildInput(side: keyof Rect): HTMLInputElement {
    const input = h("input", { type: "text", inputmode: "numeric", id: `${this.id}-${side}`, autocomplete: "off" });
    input.addEventListener("change", () => this.typed());
    return input;
  }

  /** Takes the numbers over; what is none is put back to what the box has. */
  private typed(): void {
    const numbers = this.inputs.map((input) => Number.parseInt(input.value, 10));
    const [left = 0, top = 0, width = 1, height = 1] = numbers;
    if (numbers.every(Number.isFinite)) this.listener.placed({ left, top, width, height });
    else this.inputs.forEach((input) => (input.value = input.dataset["kept"] ?? ""));
  }

  get hasFocus(): boolean {
    return this.list.contains(document.activeElement);
  }

  focus(index: number): void {
    (this.list.children[index] as HTMLElement | undefined)?.focus();
  }

  show(entries: readonly Entry[], selected: number | null): void {
    while (this.list.childElementCount > entries.length) this.list.lastElementChild?.remove();
    while (this.list.childElementCount < entries.length) this.list.append(this.buildRow(this.list.childElementCount));
    entries.forEach(({ words, overlaps }, index) => {
      const row = this.list.children[index] as HTMLElement;
      const more = overlaps === 0 ? "" : `overlaps ${overlaps === 1 ? "one other" : `${overlaps} others`}`;
      row.replaceChildren(h("span", { class: "box-number" }, String(index + 1)), h("bdi", {}, words), h("span", { class: "box-overlaps" }, more));
      row.setAttribute("aria-selected", String(index === selected));
      row.tabIndex = index === (selected ?? 0) ? 0 : -1;
    });
    this.none.hidden = entries.length > 0;
    this.list.hidden = this.keys.hidden = entries.length === 0;
  }

  private buildRow(index: number): HTMLElement {
    const row = h("div", { class: "box-row", role: "option", tabindex: -1 });
    row.addEventListener("click", () => this.choose(index));
    return row;
  }

  private choose(index: number): void {
    this.listener.selected(index);
    this.focus(index);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rows = [...this.list.children];
    const at = rows.indexOf(document.activeElement ?? this.list);
    const goal: number | undefined = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, " ": at }[event.key];
    if (goal === undefined || at < 0) return;
    event.preventDefault();
    this.choose(Math.max(0, Math.min(rows.length - 1, goal)));
  }

  showPlace(rect: Rect | null): void {
    this.place.hidden = rect === null;
    if (!rect) return;
    SIDES.forEach(([side], index) => {
      const input = this.inputs[index];
      if (input) input.value = input.dataset["kept"] = String(rect[side]);
    });
  }
}
