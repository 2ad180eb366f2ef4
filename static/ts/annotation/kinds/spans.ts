/** Stretches of a text with a label each. The text itself is worked on in the item; here are labels, snap and list. */
import { OffsetMap } from "../../core/codepoints";
import { h } from "../../core/dom";
import { hintFor } from "../keys";
import type { ActionId, KeyScope } from "../keys";
import type { LabelOption, Question } from "../types";
import type { Control, FieldView, ItemPane, Kind, KindContext } from "./kind";
import { LONG_LIST, buildFilter, hintsFor, indexOfLetter, labelsOf } from "./options";
import type { LabelFilter } from "./options";
import { TextEditor } from "./spans/editor";
import { fieldText } from "./spans/field_text";
import { habits } from "./spans/habits";
import type { Layer } from "./spans/layer";
import { SpanList } from "./spans/list";
import { lookClasses } from "./spans/marks";
import type { Mark } from "./spans/marks";
import { findConflict, inOrder, isSame, readSpans } from "./spans/model";
import type { Conflict, Crossing, Span } from "./spans/model";
import { SNAPS, shorten } from "./spans/snapping";
import { SuggestedSpans } from "./spans/suggested";
import type { Snap, Unit } from "./spans/snapping";

/** Questions about one field meet at its section and share the editor of its text. */
const editors = new WeakMap<HTMLElement, TextEditor>();

function editorOf(view: FieldView): TextEditor | null {
  const known = editors.get(view.section);
  if (known) return known;
  const content = fieldText(view.field, view.value);
  if (!content) return null;
  const editor = new TextEditor(content, view.field.language, view.field.title || view.field.name);
  view.draw(editor.surface.element);
  editors.set(view.section, editor);
  return editor;
}

const SNAP_WORDS: Record<Snap, string> = { word: "Word", character: "Character", sentence: "Sentence" };
/** One way of selecting for all questions, so all of them show it. */
function showSnap(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-snap]")) button.setAttribute("aria-pressed", String(button.dataset["snap"] === habits.snap));
}

const SELECT_FIRST = "Select text first: draw over it, or press T and then Shift with the arrow keys.";

class SpansControl implements Control, Layer {
  readonly element: HTMLElement;
  readonly labels: readonly LabelOption[];
  private readonly buttons: HTMLButtonElement[];
  private readonly list: SpanList;
  private readonly missing = h("p", { class: "hint", hidden: true }, "The item has no text here, so there is nothing to mark.");
  private readonly filter: LabelFilter | null = null;
  private editor: TextEditor | null = null;
  private offsets = new OffsetMap("");
  private spans: Span[] = [];
  private asked = true;
  private firstLook = 0;
  private suggested: SuggestedSpans | null = null;

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.labels = labelsOf(question);
    this.buttons = this.labels.map((label, index) => this.buildButton(label, index));
    this.list = new SpanList(context.id, (span) => this.editor?.goTo(this, span));
    const choices = h("div", { class: "span-labels", role: "toolbar", "aria-orientation": "vertical", "aria-label": "Labels" }, ...this.buttons);
    choices.addEventListener("keydown", (event) => this.moveAmongLabels(event));
    if (this.labels.length > LONG_LIST) this.filter = buildFilter(question.title, this.labels, this.buttons.map((button) => ({ row: button, input: button })), (index) => this.apply(index));
    this.element = h("div", { class: "options options-spans", role: "group" }, this.filter?.input, choices, this.buildTools(), this.missing, this.list.element);
    this.element.addEventListener("focusin", () => this.editor?.activate(this));
    this.rove(0);
  }

  get id(): string {
    return this.question.name;
  }

  get title(): string {
    return this.question.title || this.question.name;
  }

  private get crossing(): Crossing {
    return this.question.crossing ?? "none";
  }

  // --- what is built once ---------------------------------------------------------------------------------------

  private buildButton(label: LabelOption, index: number): HTMLButtonElement {
    const hints = hintsFor(label, index);
    const keys = hints.map((hint) => h("kbd", { "aria-hidden": "true" }, hint));
    const button = h(
      "button",
      { type: "button", class: `option span-label ${lookClasses(this.look(label.value))}`, id: `${this.context.id}-${index}`, "aria-keyshortcuts": hints.join(" ") || null },
      h("i", { class: "span-swatch" }), h("bdi", { class: "option-title" }, label.title || label.value), h("span", { class: "option-keys" }, ...keys),
    );
    // the selection in the text outlives the press
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => this.apply(index));
    button.addEventListener("focus", () => {
      this.rove(index);
      this.context.focused(label.value);
    });
    return button;
  }

  private buildSnap(snap: Snap): HTMLButtonElement {
    const button = h("button", { type: "button", class: "small", "aria-pressed": "false", "data-snap": snap }, SNAP_WORDS[snap]);
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => this.chooseSnap(snap));
    return button;
  }

  private buildTools(): HTMLElement {
    const key = (id: ActionId) => h("kbd", { "aria-hidden": "true" }, hintFor(id));
    const caret = h("button", { type: "button", class: "small", "aria-keyshortcuts": hintFor("caret-mode") }, "Caret in the text ", key("caret-mode"));
    caret.addEventListener("click", () => this.editor?.enter(this));
    const words = h("span", { class: "span-snap-word", id: `${this.context.id}-snap` }, "Select by ", key("snap"));
    const snaps = h("div", { class: "span-snap", role: "group", "aria-labelledby": `${this.context.id}-snap` }, words, h("span", { class: "span-snap-row" }, ...SNAPS.map((snap) => this.buildSnap(snap))));
    return h("div", { class: "span-tools" }, snaps, caret);
  }

  /** One of the labels is the tab stop, the arrows go to the others. */
  private rove(to: number): void {
    this.buttons.forEach((button, index) => (button.tabIndex = index === to ? 0 : -1));
  }

  private moveAmongLabels(event: KeyboardEvent): void {
    const shown = this.buttons.filter((button) => !button.hidden);
    const at = shown.indexOf(document.activeElement as HTMLButtonElement);
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 };
    const button = shown[to[event.key] ?? -1];
    if (!button || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return;
    event.preventDefault();
    button.focus();
  }

  private chooseSnap(snap: Snap): void {
    if (this.editor) this.editor.setSnap(snap);
    else habits.snap = snap;
    showSnap();
  }

  // --- the item -------------------------------------------------------------------------------------------------

  attach(pane: ItemPane): void {
    this.editor?.dispose();
    this.suggest(null);
    const view = pane.field(this.question.field ?? "");
    this.editor = view && editorOf(view);
    this.offsets = new OffsetMap(this.editor?.surface.content.text ?? "");
    this.missing.hidden = this.editor !== null;
    this.spans = [];
    this.colour(this.editor?.reserveLooks(this) ?? 0);
    if (this.asked) this.editor?.join(this);
  }

  /** The labels take their colours from here on. */
  private colour(first: number): void {
    if (first === this.firstLook) return;
    this.buttons.forEach((button, index) => {
      button.classList.remove(...lookClasses(this.firstLook + index).split(" "));
      button.classList.add(...lookClasses(first + index).split(" "));
    });
    this.firstLook = first;
  }

  setAsked(asked: boolean): void {
    if (asked === this.asked) return;
    this.asked = asked;
    if (asked) this.editor?.join(this);
    else this.editor?.leave(this);
    this.editor?.redraw();
  }

  owns(element: Element): boolean {
    return this.editor !== null && this.editor.isActive(this) && this.editor.surface.element.contains(element);
  }

  look(label: string): number {
    return this.firstLook + Math.max(0, this.labels.findIndex(({ value }) => value === label));
  }

  private titleOf(label: string): string {
    return this.labels.find(({ value }) => value === label)?.title || label;
  }

  private quote({ start, end }: Span): string {
    return this.editor?.surface.content.text.slice(this.offsets.toUtf16(start), this.offsets.toUtf16(end)) ?? "";
  }

  marks(): Mark[] {
    return this.spans.map((span) => ({
      span, owner: this.id, start: this.offsets.toUtf16(span.start), end: this.offsets.toUtf16(span.end), title: this.titleOf(span.label), look: this.look(span.label),
    }));
  }

  picked(span: Span | null): void {
    this.list.mark(span);
    this.buttons.forEach((button, index) => {
      if (span === null) button.removeAttribute("aria-pressed");
      else button.setAttribute("aria-pressed", String(this.labels[index]?.value === span.label));
    });
    showSnap();
  }

  activated(): void {
    this.context.activated();
  }

  announce(words: string): void {
    this.context.announce(words);
  }

  // --- the answer -----------------------------------------------------------------------------------------------

  value(): unknown {
    return this.spans;
  }

  setValue(value: unknown): void {
    this.spans = readSpans(value, this.offsets.length);
    this.show();
  }

  untouched(): boolean {
    return this.spans.length === 0 && this.editor !== null;
  }

  suggest(answer: unknown): void {
    this.suggested?.remove();
    this.suggested = null;
    const spans = answer === null ? [] : readSpans(answer, this.offsets.length);
    if (!this.editor || spans.length === 0) return;
    const placed = spans.map((span) => ({ start: this.offsets.toUtf16(span.start), end: this.offsets.toUtf16(span.end), title: this.titleOf(span.label) }));
    this.suggested = new SuggestedSpans(this.editor.surface, placed);
  }

  private show(): void {
    this.editor?.redraw();
    this.suggested?.place();
    this.list.show(this.spans.map((span) => ({ span, quote: this.quote(span), title: this.titleOf(span.label), look: this.look(span.label) })));
    showSnap();
  }

  /** A change of the answer by the person. */
  private change(spans: Span[]): void {
    this.spans = inOrder(spans);
    this.show();
    this.context.changed();
  }

  apply(index: number): boolean {
    const label = this.labels[index];
    if (!label) return false;
    const { editor } = this;
    if (!editor) return true;
    editor.activate(this);
    this.context.focused(label.value);
    const chosen = editor.pickedOf(this);
    if (editor.selected) this.add(editor.selected, label.value);
    else if (chosen) this.relabel(chosen, label.value);
    else editor.say(SELECT_FIRST);
    return true;
  }

  private add(range: Unit, label: string): void {
    const span = { start: this.offsets.toCodePoints(range.start), end: this.offsets.toCodePoints(range.end), label };
    if (this.isRefused(span, this.spans)) return;
    this.change([...this.spans, span]);
    this.editor?.made(this, span);
    this.announce(`${this.titleOf(label)}: “${shorten(this.quote(span))}” marked, ${this.list.count}`);
  }

  private relabel(before: Span, label: string): void {
    if (before.label === label) return;
    const span = { ...before, label };
    if (!this.swap(before, span)) return;
    this.editor?.pick(this, span);
    this.announce(`“${shorten(this.quote(span))}” is ${this.titleOf(label)} now`);
  }

  move(before: Span, range: Unit): Span | null {
    const span = { ...before, start: this.offsets.toCodePoints(range.start), end: this.offsets.toCodePoints(range.end) };
    return isSame(before, span) || !this.swap(before, span) ? null : span;
  }

  private swap(before: Span, span: Span): boolean {
    const others = this.spans.filter((other) => !isSame(other, before));
    if (this.isRefused(span, others)) return false;
    this.change([...others, span]);
    return true;
  }

  remove(span: Span): void {
    const inList = this.list.element.contains(document.activeElement);
    this.change(this.spans.filter((other) => !isSame(other, span)));
    // an empty list cannot hold the focus
    if (inList && this.spans.length === 0) this.buttons.find(({ tabIndex }) => tabIndex === 0)?.focus();
    this.announce(`“${shorten(this.quote(span))}” is no longer marked`);
  }

  private isRefused(span: Span, others: readonly Span[]): boolean {
    const conflict = findConflict(span, others, this.crossing);
    if (conflict) this.editor?.say(this.refusal(span, conflict));
    return conflict !== null;
  }

  private refusal(span: Span, { why, other }: Conflict): string {
    const mine = `“${shorten(this.quote(span), 40)}”`;
    const theirs = `“${shorten(this.quote(other), 40)}” (${this.titleOf(other.label)})`;
    if (why === "same") return `${theirs} is marked already.`;
    if (why === "overlap") return `Spans cannot overlap here: ${mine} shares text with ${theirs}. Delete that one first or select other text.`;
    return `Spans can lie inside each other here, but not cross: ${mine} would cross ${theirs}. Select all of it or none of it.`;
  }

  // --- keys -----------------------------------------------------------------------------------------------------

  focus(options?: FocusOptions): void {
    // who works in the text goes on in the text
    if (habits.inText && this.editor) this.editor.enter(this);
    else (this.buttons.find((button) => button.tabIndex === 0 && !button.hidden) ?? this.list.element).focus(options);
  }

  focusFilter(): void {
    (this.filter?.input ?? this.buttons[0])?.focus();
  }

  pickDigit(_digit: number, option: number): boolean {
    return this.apply(option);
  }

  pickLetter(letter: string): boolean {
    return this.apply(indexOfLetter(this.labels, letter));
  }

  scopes(): KeyScope[] {
    if (!this.editor) return [];
    return this.editor.hasCaret ? ["marks", "spans", "caret"] : ["marks", "spans"];
  }

  act(action: ActionId): boolean {
    return this.editor?.act(action, this) ?? false;
  }
}

export const spans: Kind = {
  name: "spans",
  scopes: ["marks", "spans", "caret"],
  missing: (question) => `Mark the spans of “${question.title}”`,
  build: (question, context) => new SpansControl(question, context),
};
