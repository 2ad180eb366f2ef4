/** Boxes in an image: by label key and arrows, by dragging, by two clicks, or as numbers. */
import { h } from "../../core/dom";
import { missingPicture, pictureSource } from "../item_view";
import { hintFor } from "../keys";
import type { ActionId, KeyScope } from "../keys";
import type { LabelOption, Question } from "../types";
import { boxesOf, freshRect, inside, overlap, repeated, toBox, toRect } from "./boxes/geometry";
import type { Box, Rect } from "./boxes/geometry";
import { BoxList } from "./boxes/list";
import { Stage, moved } from "./boxes/stage";
import type { Layer, Shown } from "./boxes/stage";
import type { Control, FieldView, ItemPane, Kind, KindContext } from "./kind";
import { LONG_LIST, buildFilter, buildGroup, buildOption, hintsFor, indexOfLetter, labelsOf, pathOf } from "./options";
import type { LabelFilter, OptionRow } from "./options";

const TONES = 6;

/** Questions about one picture meet at its section and share the stage. */
const stages = new WeakMap<HTMLElement, Stage>();

function stageOn(view: FieldView, pane: ItemPane): Stage | null {
  const known = stages.get(view.section);
  if (known) return known;
  const source = pictureSource(pane.item, view.field);
  if (source === null) return null;
  const stage = new Stage(source, view.field);
  stages.set(view.section, stage);
  view.draw(stage.element);
  return stage;
}

class BoxesControl implements Control, Layer {
  readonly element: HTMLElement;
  readonly hint: string;
  shown: Shown = { boxes: [], selected: null, titleOf: (label) => label, toneOf: () => 1 };
  asked = true;
  private readonly labels: LabelOption[];
  private readonly rows: OptionRow[];
  private readonly filter: LabelFilter | null = null;
  private readonly list: BoxList;
  private readonly remove: HTMLButtonElement;
  private readonly fresh: HTMLButtonElement;
  private readonly gone = h("p", { class: "item-missing", tabindex: -1, hidden: true }, "The picture is missing, so nothing can be drawn. Skip the item.");
  private stage: Stage | null = null;
  private view: FieldView | null = null;
  private boxes: Box[] = [];
  private suggested: Box[] = [];
  private selected: number | null = null;
  private touched = false;

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.hint = `${context.id}-hint`;
    this.labels = labelsOf(question);
    this.rows = this.labels.map((label, index) => this.buildRow(label, index));
    const palette = h("div", { class: "box-labels options", role: "radiogroup", "aria-label": "Label of the box" }, ...this.rows.map(({ row }) => row));
    if (this.labels.length > LONG_LIST) {
      this.filter = buildFilter(question.title, this.labels, this.rows, (index) => this.label(index));
      palette.prepend(this.filter.input, this.filter.status);
    }
    this.list = new BoxList(context.id, {
      selected: (index) => this.select(index),
      placed: (rect) => this.place(rect),
      describe: (index) => this.describe(index),
    });
    this.fresh = this.button("new-box", "New box", () => this.make());
    this.remove = this.button("delete-mark", "Delete", () => this.delete());
    const hint = h("p", { class: "hint", id: this.hint },
      h("span", { class: "for-keys" },
        "Drag, or click two opposite corners; or press a label’s key, then move the box with the arrows, resize with ",
        h("kbd", {}, "Shift"), ", faster with ", h("kbd", {}, "Ctrl"), "."),
      h("span", { class: "for-touch" }, "Tap two opposite corners; pull the corners of the box to change it. For small things make the image larger first."));
    this.element = buildGroup("boxes", "group", hint, this.gone, palette, h("div", { class: "button-row box-actions" }, this.fresh, this.remove), this.list.element);
    this.element.addEventListener("focusin", () => this.stage?.activate(this));
    const first = this.rows[0]?.input;
    if (first) first.checked = true;
  }

  private buildRow(label: LabelOption, index: number): OptionRow {
    const option = buildOption({
      type: "radio", id: `${this.context.id}-${index}`, name: this.context.id, value: label.value,
      title: label.title || label.value, hints: hintsFor(label, index), path: pathOf(this.labels, label),
    });
    option.row.classList.add(`tone-${(index % TONES) + 1}`);
    option.input.addEventListener("change", () => this.relabel());
    option.input.addEventListener("focus", () => this.context.focused(label.value));
    return option;
  }

  private button(action: ActionId, words: string, run: () => void): HTMLButtonElement {
    const key = hintFor(action);
    const button = h("button", { type: "button", class: "small", "aria-keyshortcuts": key }, words, h("kbd", { "aria-hidden": "true" }, key));
    button.addEventListener("click", run);
    return button;
  }

  attach(pane: ItemPane): void {
    const view = pane.field(this.question.field ?? "");
    this.stage = view && stageOn(view, pane);
    this.view = view;
    this.touched = false;
    this.boxes = [];
    this.selected = null;
    this.suggested = [];
    this.stage?.add(this);
    this.sayWhetherGone();
    this.show();
  }

  setAsked(asked: boolean): void {
    if (asked === this.asked) return;
    this.asked = asked;
    this.stage?.draw();
  }

  // --- what the image tells -------------------------------------------------------------------------------------

  entered(): void {
    this.context.activated();
  }

  drawn(rect: Rect): void {
    this.add(rect);
  }

  picked(index: number | null): void {
    this.select(index, "stage");
  }

  reshaped(index: number, rect: Rect): void {
    this.put(index, rect);
  }

  said(words: string): void {
    this.context.announce(words);
  }

  settled(): void {
    if (this.stage?.missing) {
      this.stage = null;
      this.sayWhetherGone();
      this.view?.draw(missingPicture(this.view.value));
    }
    this.show();
  }

  // --- the boxes ------------------------------------------------------------------------------------------------

  private sayWhetherGone(): void {
    this.gone.hidden = this.stage !== null;
    this.element.toggleAttribute("data-gone", this.stage === null);
  }

  owns(element: Element): boolean {
    return this.stage !== null && this.stage.isActive(this) && this.stage.element.contains(element);
  }

  private get current(): LabelOption | undefined {
    return this.labels[Math.max(0, this.rows.findIndex(({ input }) => input.checked))];
  }

  private titleOf(value: string): string {
    const label = this.labels.find((candidate) => candidate.value === value);
    return label?.title || value;
  }

  private rectOf(index: number): Rect | null {
    const box = this.boxes[index];
    return box && this.stage ? toRect(box, this.stage.size) : null;
  }

  private describe(index: number): string {
    const rect = this.rectOf(index);
    const box = this.boxes[index];
    if (!rect || !box) return "";
    return `${this.titleOf(box.label)}, ${rect.width} × ${rect.height} at ${rect.left}, ${rect.top}`;
  }

  /** How many others share some of a box's area: what a click may reach only at the second try. */
  private overlapping(index: number): number {
    const rect = this.rectOf(index);
    if (!rect || this.boxes.length > 200) return 0;
    return this.boxes.filter((_, other) => {
      const theirs = other === index ? null : this.rectOf(other);
      return theirs !== null && overlap(rect, theirs);
    }).length;
  }

  private show(): void {
    this.shown = {
      boxes: this.boxes,
      suggested: this.suggested,
      selected: this.selected,
      titleOf: (label) => this.titleOf(label),
      toneOf: (label) => (Math.max(0, this.labels.findIndex((candidate) => candidate.value === label)) % TONES) + 1,
    };
    this.stage?.draw();
    this.list.show(this.boxes.map((_, index) => ({ words: this.describe(index), overlaps: this.overlapping(index) })), this.selected);
    this.list.showPlace(this.selected === null ? null : this.rectOf(this.selected));
    this.remove.disabled = this.selected === null;
    this.fresh.disabled = this.stage === null;
  }

  private changed(words: string): void {
    this.touched = true;
    this.show();
    this.stage?.reveal();
    if (words) this.context.announce(words);
    this.context.changed();
  }

  private select(index: number | null, focus: "stage" | null = null): void {
    this.selected = index !== null && this.boxes[index] ? index : null;
    const box = this.selected === null ? undefined : this.boxes[this.selected];
    if (box) for (const { input } of this.rows) input.checked = input.value === box.label;
    this.show();
    this.stage?.reveal();
    if (box) this.context.focused(box.label);
    if (this.selected !== null) this.context.announce(`Box ${this.selected + 1} of ${this.boxes.length}: ${this.describe(this.selected)}`);
    if (focus === "stage") this.stage?.view.focus({ preventScroll: true });
  }

  private add(rect: Rect): void {
    const label = this.current;
    if (!this.stage || !label) return;
    this.boxes = [...this.boxes, toBox(rect, this.stage.size, label.value)];
    this.selected = this.boxes.length - 1;
    this.changed(`New box: ${this.describe(this.selected)}`);
    this.stage.view.focus({ preventScroll: true });
    this.context.focused(label.value);
  }

  /** A box in the middle of what is seen, for whoever draws without a pointer. */
  private make(): boolean {
    if (!this.stage) return false;
    this.stage.activate(this);
    const taken = this.boxes.map((_, index) => this.rectOf(index)).filter((rect) => rect !== null);
    this.stage.cancel();
    this.add(freshRect(this.stage.seen(), this.stage.size, taken));
    return true;
  }

  private put(index: number, rect: Rect): void {
    const box = this.boxes[index];
    if (!box || !this.stage) return;
    const kept = inside(rect, this.stage.size);
    const next = toBox(kept, this.stage.size, box.label);
    this.boxes = this.boxes.map((other, place) => (place === index ? next : other));
    this.changed(`${kept.width} × ${kept.height} at ${kept.left}, ${kept.top}`);
  }

  private place(rect: Rect): void {
    if (this.selected !== null) this.put(this.selected, rect);
  }

  /** The label of the selected box, else of the next one. */
  private relabel(): void {
    const box = this.selected === null ? undefined : this.boxes[this.selected];
    const label = this.current;
    if (!box || !label || box.label === label.value) return;
    this.boxes = this.boxes.map((other) => (other === box ? { ...box, label: label.value } : other));
    this.changed(`Box is ${label.title || label.value} now`);
  }

  /** By key a label names the selected box, or makes a box where none is selected. */
  private label(index: number): boolean {
    const input = this.rows[index]?.input;
    if (!input) return false;
    input.checked = true;
    if (this.selected === null) return this.make() || true;
    this.relabel();
    return true;
  }

  private delete(): boolean {
    const { selected } = this;
    if (selected === null) return false;
    const inList = this.list.hasFocus;
    const words = this.describe(selected);
    this.boxes = this.boxes.filter((_, index) => index !== selected);
    this.selected = this.boxes.length > 0 && inList ? Math.min(selected, this.boxes.length - 1) : null;
    this.changed(`Deleted: ${words}`);
    if (inList && this.selected !== null) this.list.focus(this.selected);
    else this.stage?.view.focus({ preventScroll: true });
    return true;
  }

  private step(by: 1 | -1): boolean {
    if (this.boxes.length === 0) return false;
    const from = this.selected ?? (by === 1 ? -1 : 0);
    this.select((from + by + this.boxes.length) % this.boxes.length, this.list.hasFocus ? null : "stage");
    if (this.list.hasFocus && this.selected !== null) this.list.focus(this.selected);
    return true;
  }

  scopes(): KeyScope[] {
    // the arrows are the image's only while a box on it has the focus: elsewhere they belong to lists and pages
    const moving = this.selected !== null && this.stage !== null && document.activeElement === this.stage.view;
    return moving ? ["marks", "boxes", "box"] : ["marks", "boxes"];
  }

  act(action: ActionId): boolean {
    switch (action) {
      case "next-mark":
        return this.step(1);
      case "previous-mark":
        return this.step(-1);
      case "delete-mark":
        return this.delete();
      case "new-box":
        return this.make();
      case "zoom-in":
      case "zoom-out":
      case "zoom-fit":
        this.stage?.zoomBy(action);
        return this.stage !== null;
      case "back":
        return this.stepBack();
      default:
        return this.move(action);
    }
  }

  private move(action: ActionId): boolean {
    const rect = this.selected === null ? null : this.rectOf(this.selected);
    const next = rect && this.stage ? moved(rect, action, this.stage.size) : null;
    if (!next) return false;
    this.place(next);
    return true;
  }

  private stepBack(): boolean {
    if (this.stage?.cancel()) return true;
    if (this.selected === null || !this.owns(document.activeElement ?? document.body)) return false;
    this.select(null);
    this.context.announce("No box is selected");
    return true;
  }

  value(): unknown {
    return this.stage === null && this.boxes.length === 0 ? null : this.boxes;
  }

  setValue(value: unknown): void {
    this.boxes = boxesOf(value);
    this.touched = Array.isArray(value);
    if (this.selected !== null && !this.boxes[this.selected]) this.selected = null;
    this.filter?.clear();
    this.show();
  }

  untouched(): boolean {
    return !this.touched;
  }

  suggest(answer: unknown): void {
    this.suggested = answer === null ? [] : boxesOf(answer);
    this.show();
  }

  problem(): string | null {
    const twice = repeated(this.boxes);
    return twice < 0 ? null : `Two boxes of “${this.question.title}” are the same: ${this.describe(twice)}. Delete one`;
  }

  focus(options?: FocusOptions): void {
    this.stage?.activate(this);
    (this.stage?.view ?? this.gone).focus(options);
  }

  focusFilter(): void {
    (this.filter?.input ?? this.rows[0]?.input)?.focus();
  }

  pickDigit(_digit: number, option: number): boolean {
    return this.label(option);
  }

  pickLetter(letter: string): boolean {
    return this.label(indexOfLetter(this.labels, letter));
  }
}

export const boxes: Kind = {
  name: "boxes",
  scopes: ["marks", "boxes", "box"],
  onTouch: (question) => `“${question.title}” can be answered with a finger, but small things are marked more exactly with a mouse or a keyboard.`,
  missing: (question) => `The picture of “${question.title}” is missing, so it cannot be answered; skip the item`,
  build: (question, context) => new BoxesControl(question, context),
};
