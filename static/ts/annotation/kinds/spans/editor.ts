/**
 * Working on the text of one field: caret, selection, the chosen span and its edges, by keys, mouse or finger.
 * Several questions may mark the same text; each is a layer here, and one of them has the keys.
 */
import type { ActionId } from "../../keys";
import type { FieldText } from "./field_text";
import { Frame } from "./frame";
import type { Edge } from "./frame";
import { habits } from "./habits";
import { LabelBar } from "./label_bar";
import type { Layer } from "./layer";
import { Marks, lookClasses } from "./marks";
import type { Mark } from "./marks";
import { isSame } from "./model";
import type { Span } from "./model";
import { watchPointer } from "./pointer";
import { nudge } from "./selection";
import type { Place, Selected, Step } from "./selection";
import { Snapper, selectionWords, shorten } from "./snapping";
import type { Snap, Unit } from "./snapping";
import { TextSurface } from "./surface";
import type { Box } from "./surface";
import { TextKeys } from "./text_keys";

/** The text one works in at present; another one rests. */
let busy: TextEditor | null = null;

interface Picked {
  layer: Layer;
  mark: Mark;
}

/** Height of one line of labels, in rem, as in the style sheet. */
const PITCH = 1;

export class TextEditor {
  readonly surface: TextSurface;
  readonly snapper: Snapper;
  private readonly marks: Marks;
  private readonly bar: LabelBar;
  private readonly keys = new TextKeys(this);
  readonly frame: Frame;
  private readonly gone = new AbortController();
  private layers: Layer[] = [];
  private looks = 0;
  active: Layer | null = null;
  place: Place = { caret: 0, selected: null };
  picked: Picked | null = null;
  edge: Edge | null = null;
  /** What a handle is being drawn to. */
  private preview: Unit | null = null;

  constructor(content: FieldText, language: string | null | undefined, name: string) {
    this.surface = new TextSurface(content, language);
    this.snapper = new Snapper(content.text, language);
    this.marks = new Marks(this.surface);
    this.bar = new LabelBar({
      nudge: (edge, step) => this.nudge(edge, habits.snap, step),
      remove: () => this.remove(),
    });
    this.frame = new Frame(this.surface, name);
    this.surface.element.append(this.bar.element);
    this.frame.caret.addEventListener("focus", () => this.entered());
    this.frame.caret.addEventListener("blur", () => this.surface.element.removeAttribute("data-caret"));
    this.frame.caret.addEventListener("copy", (event) => this.copy(event));
    watchPointer(this, this.frame.handles, this.gone.signal);
    this.watchSize();
  }

  /** What is selected here is no selection of the browser's, so it is copied by hand. */
  private copy(event: ClipboardEvent): void {
    const range = this.place.selected ?? this.picked?.mark;
    if (!range || !event.clipboardData) return;
    event.clipboardData.setData("text/plain", this.textOf(range));
    event.preventDefault();
  }

  private watchSize(): void {
    let shape = "";
    const observer = new ResizeObserver(() => {
      this.surface.width = this.surface.element.clientWidth;
      const now = `${this.surface.width} ${getComputedStyle(this.surface.element).fontSize}`;
      if (shape !== now) this.remeasure();
      shape = now;
    });
    observer.observe(this.surface.element);
    this.gone.signal.addEventListener("abort", () => observer.disconnect());
  }

  /** The text has been laid out anew. */
  remeasure(): void {
    this.frame.forgetCaret();
    this.marks.replace();
    this.paint();
    this.frame.showCaret(this.place.caret);
  }

  /** One works elsewhere now. */
  private rest(): void {
    this.place = { ...this.place, selected: null };
    this.unpick();
    this.paint();
  }

  /** Another item is on the screen. */
  dispose(): void {
    if (busy === this) busy = null;
    this.gone.abort();
  }

  // --- the questions that mark this text ------------------------------------------------------------------------

  /** Where the colours of a question begin, so that those of another one on the same text are others. */
  reserveLooks(layer: Layer): number {
    const first = this.looks;
    this.looks += layer.labels.length;
    return first;
  }

  join(layer: Layer): void {
    if (!this.layers.includes(layer)) this.layers.push(layer);
    this.active ??= layer;
  }

  leave(layer: Layer): void {
    this.layers = this.layers.filter((other) => other !== layer);
    if (this.active === layer) this.active = this.layers[0] ?? null;
    if (this.picked?.layer === layer) this.pick(null);
  }

  isActive(layer: Layer): boolean {
    return this.active === layer;
  }

  activate(layer: Layer): void {
    if (this.active !== layer) this.bar.hide();
    this.active = layer;
  }

  redraw(): void {
    if (this.marks.show(this.layers.flatMap((layer) => layer.marks()))) this.frame.forgetCaret();
    if (this.picked) this.pick(this.picked.layer, this.picked.mark.span);
    else this.paint();
  }

  // --- what is selected -----------------------------------------------------------------------------------------

  get selected(): Unit | null {
    return this.place.selected;
  }

  pickedOf(layer: Layer): Span | null {
    return this.picked?.layer === layer ? this.picked.mark.span : null;
  }

  /** Selects a stretch of text by hand, in whole units; false if there is nothing to select in it. */
  select(range: Unit): boolean {
    const covered = this.snapper.cover(habits.snap, range);
    if (!covered) return false;
    this.unpick();
    this.setSelected({ ...covered, moving: "end" });
    return true;
  }

  setSelected(selected: Selected | null): void {
    this.place = { caret: selected ? selected[selected.moving] : this.place.caret, selected };
    if (selected) this.active?.announce(selectionWords(this.snapper, habits.snap, selected));
    this.paint();
    this.frame.showCaret(this.place.caret);
  }

  setCaret(offset: number): void {
    const inside = this.snapper.grapheme(offset);
    this.unpick();
    this.place = { caret: inside ? inside.start : this.surface.content.text.length, selected: null };
    this.paint();
    this.frame.showCaret(this.place.caret);
  }

  /** A span was made of the selection. */
  made(layer: Layer, span: Span): void {
    const end = this.place.selected?.end ?? this.place.caret;
    this.place = { caret: end, selected: null };
    document.getSelection()?.removeAllRanges();
    this.bar.hide();
    this.pick(layer, span);
    this.frame.showCaret(this.place.caret);
  }

  pick(layer: Layer | null, span: Span | null = null): void {
    const mark = span === null ? null : (layer?.marks().find((candidate) => isSame(candidate.span, span)) ?? null);
    const before = this.picked;
    this.picked = layer && mark ? { layer, mark } : null;
    if (!this.picked) this.edge = null;
    if (this.picked) this.active = layer;
    if (before && before.layer !== layer) before.layer.picked(null);
    (layer ?? before?.layer)?.picked(mark?.span ?? null);
    this.marks.pick(mark);
    this.paint();
  }

  unpick(): void {
    this.edge = null;
    this.bar.hide();
    if (this.picked) this.pick(null);
  }

  /** Chooses a span and brings it into sight. */
  goTo(layer: Layer, span: Span): void {
    this.bar.hide();
    this.pick(layer, span);
    const { mark } = this.picked ?? {};
    if (!mark) return;
    this.place = { caret: mark.end, selected: null };
    this.paint();
    this.frame.showCaret(this.place.caret);
    this.frame.reveal();
  }

  // --- keys -----------------------------------------------------------------------------------------------------

  get hasCaret(): boolean {
    return document.activeElement === this.frame.caret;
  }

  enter(layer: Layer): void {
    this.activate(layer);
    this.frame.caret.focus({ preventScroll: true });
    this.frame.showCaret(this.place.caret);
    this.frame.reveal();
  }

  private entered(): void {
    if (busy !== this) busy?.rest();
    busy = this;
    habits.inText = true;
    this.surface.element.setAttribute("data-caret", "");
    this.active?.activated();
    this.frame.showCaret(this.place.caret);
  }

  /** Does a key in the text; false if it means nothing here. */
  act(action: ActionId, layer: Layer): boolean {
    return this.keys.act(action, layer);
  }

  setSnap(snap: Snap): void {
    habits.snap = snap;
    this.active?.announce(`Selecting by ${snap}`);
    for (const layer of this.layers) layer.picked(this.pickedOf(layer));
  }

  nudge(edge: Edge, snap: Snap, step: Step): void {
    const from = this.picked?.mark ?? this.place.selected;
    const moved = from && nudge(this.snapper, from, edge, snap, step);
    if (!moved) return;
    if (!this.picked) {
      this.setSelected({ ...moved, moving: edge });
      return this.reopenBar();
    }
    this.moveEdges(moved);
  }

  /** Gives the chosen span new edges. */
  moveEdges(range: Unit): void {
    const { picked, edge } = this;
    const span = picked?.layer.move(picked.mark.span, range) ?? null;
    if (!picked || span === null) return;
    this.edge = edge;
    this.pick(picked.layer, span);
    picked.layer.announce(`Now “${shorten(this.snapper.text.slice(range.start, range.end))}”`);
    this.reopenBar();
  }

  remove(): boolean {
    const { picked } = this;
    if (!picked) return false;
    this.pick(null);
    this.bar.hide();
    picked.layer.remove(picked.mark.span);
    return true;
  }

  /** One level back: from an edge to its span, from a selection or the caret to the questions. */
  back(): boolean {
    const { edge, place, hasCaret } = this;
    this.bar.hide();
    this.edge = null;
    if (edge) {
      this.paint();
      return true;
    }
    this.place = { caret: place.caret, selected: null };
    document.getSelection()?.removeAllRanges();
    const had = place.selected !== null || this.picked !== null;
    if (this.picked) this.pick(null);
    else this.paint();
    if (hasCaret) habits.inText = false;
    return !hasCaret && had;
  }

  // --- drawing --------------------------------------------------------------------------------------------------

  textOf({ start, end }: Unit): string {
    return this.snapper.text.slice(start, end);
  }

  paint(): void {
    const { picked, place } = this;
    const range = this.preview ?? place.selected ?? picked?.mark ?? null;
    const boxes = range === null ? [] : picked && range === picked.mark ? this.marks.boxesOf(picked.mark) : this.surface.boxes(range);
    const look = picked && !this.preview ? lookClasses(picked.mark.look) : "";
    this.frame.show(range && { range, boxes, look, edge: this.edge });
  }

  private get anchor(): Box {
    const range = this.preview ?? this.place.selected ?? this.picked?.mark;
    const boxes = range ? this.surface.boxes(range) : [this.surface.caretBox(this.place.caret)];
    const last = boxes.at(-1) ?? { left: 0, top: 0, right: 0, bottom: 0 };
    return { ...last, bottom: last.bottom + this.pitch * 1.25 };
  }

  get pitch(): number {
    return PITCH * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  /** Says why something was not done, there where it was tried. */
  say(words: string): void {
    this.active?.announce(words);
    this.bar.say(words, this.anchor, this.surface.width);
  }

  // --- mouse and finger -----------------------------------------------------------------------------------------

  /** Opens the bar of labels for what is selected or chosen. */
  openBar(docked: boolean): void {
    const range = this.place.selected ?? this.picked?.mark;
    if (!range) return this.bar.hide();
    this.docked = docked;
    const layers = this.picked ? [this.picked.layer] : this.layers;
    const state = { layers, label: this.picked?.mark.span.label ?? null, rightToLeft: this.surface.isRightToLeft(range.start) };
    this.bar.show(state, this.anchor, this.surface.width, docked);
    if (docked) this.frame.reveal(this.bar.covered);
  }

  private docked = false;

  private reopenBar(): void {
    if (this.bar.isOpen) this.openBar(this.docked);
  }

  hideBar(): void {
    this.bar.hide();
  }

  isOwn(target: EventTarget | null): boolean {
    return target instanceof Node && [this.bar.element, this.frame.handles.start, this.frame.handles.end].some((own) => own.contains(target));
  }

  /** Chooses the span under a point, the next one of several at a second press; false if there is none. */
  pickAt(x: number, y: number): boolean {
    const corner = this.surface.element.getBoundingClientRect();
    const found = this.marks.at(x - corner.left, y - corner.top, this.pitch);
    const present = found.findIndex(({ span, owner }) => this.picked?.layer.id === owner && isSame(this.picked.mark.span, span));
    const mark = found[(present + 1) % found.length];
    const layer = this.layers.find(({ id }) => id === mark?.owner);
    if (!mark || !layer) return false;
    this.place = { caret: mark.end, selected: null };
    this.pick(layer, mark.span);
    this.frame.showCaret(this.place.caret);
    layer.announce(`${mark.title}: “${shorten(this.textOf(mark))}” chosen`);
    return true;
  }

  /** The hand works in this text: so do the keys. */
  takeFocus(): void {
    this.frame.caret.focus({ preventScroll: true });
    this.active?.activated();
  }

  /** A handle is drawn to a place; `done` where it is let go. */
  dragTo(edge: Edge, offset: number, done: boolean): void {
    const from = this.picked?.mark ?? this.place.selected;
    if (!from) return;
    const wanted = edge === "start" ? { start: Math.min(offset, from.end - 1), end: from.end } : { start: from.start, end: Math.max(offset, from.start + 1) };
    const covered = this.snapper.cover(habits.snap, wanted);
    const range = covered && (edge === "start" ? { start: covered.start, end: from.end } : { start: from.start, end: covered.end });
    this.preview = done ? null : range;
    if (!range || !done) return this.paint();
    if (this.picked) this.moveEdges(range);
    else this.setSelected({ ...range, moving: edge });
    this.paint();
  }
}
