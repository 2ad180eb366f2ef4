/** The image with its boxes on it: drawing, picking, zooming and moving about. It keeps no answer. */
import { h } from "../../../core/dom";
import { hintFor } from "../../keys";
import type { ActionId } from "../../keys";
import type { Field } from "../../types";
import { between, boxesAt, nudge, stretch, toRect } from "./geometry";
import type { Box, Point, Rect, Size } from "./geometry";

/** A question that draws on the image. Several may share one; the one that the person works on is active. */
export interface Layer {
  /** Its hint, read with the image. */
  hint: string;
  shown: Shown;
  asked: boolean;
  /** The focus came to the image while this layer is active. */
  entered(): void;
  /** Two corners were given. */
  drawn(rect: Rect): void;
  picked(index: number | null): void;
  /** A box was moved or stretched by its handles. */
  reshaped(index: number, rect: Rect): void;
  said(words: string): void;
  /** The image is there, or it is known that it will not be. */
  settled(): void;
}

export interface Shown {
  boxes: readonly Box[];
  /** What a model suggests: dashed, below the others, never to be taken hold of. */
  suggested?: readonly Box[];
  selected: number | null;
  titleOf(label: string): string;
  toneOf(label: string): number;
}

type Grip = { at: "corner"; fixed: Point } | { at: "body"; from: Point; rect: Rect } | { at: "nowhere"; from: Point };

interface Press {
  pointer: number;
  grip: Grip;
  /** Where it began on the screen, to tell a click from a drag. */
  screen: Point;
  moved: boolean;
  rect: Rect | null;
}

const NOTHING: Shown = { boxes: [], selected: null, titleOf: (label) => label, toneOf: () => 1 };
const DRAG_PX = 5;
const ZOOM_STEP = 1.5;
const MOST_ZOOM = 16;
/** Until the image is there its size is a guess; places are kept as fractions, so nothing depends on it. */
const GUESS: Size = { width: 1000, height: 1000 };
const CORNERS = ["nw", "ne", "sw", "se"] as const;

export class Stage {
  readonly element: HTMLElement;
  /** What has the focus while boxes are moved by key. */
  readonly view: HTMLElement;
  size: Size = GUESS;
  missing = false;
  private readonly image: HTMLImageElement;
  private readonly canvas: HTMLElement;
  private readonly layer = h("div", { class: "stage-boxes" });
  private readonly rubber = h("div", { class: "stage-rubber", hidden: true });
  private readonly pin = h("div", { class: "stage-pin", hidden: true });
  private readonly percent = h("span", { class: "stage-percent" });
  private readonly layers: Layer[] = [];
  private current: Layer | null = null;
  private zoom = 1;
  private corner: Point | null = null;
  private press: Press | null = null;

  constructor(source: string, field: Field) {
    const title = field.title || field.name;
    this.image = h("img", { src: source, alt: title, draggable: "false" });
    this.canvas = h("div", { class: "stage-canvas" }, this.image, this.layer, this.rubber, this.pin);
    this.view = h("div", { class: "stage-view", tabindex: 0, role: "application", "aria-label": `${title}, with its boxes` }, this.canvas);
    const tools = h("div", { class: "stage-tools", role: "group", "aria-label": "Size of the image" },
      this.tool("zoom-out", "Smaller"), this.percent, this.tool("zoom-in", "Larger"), this.tool("zoom-fit", "Whole image"));
    this.element = h("div", { class: "stage" }, tools, this.view);
    this.image.addEventListener("load", () => this.settle(false));
    this.image.addEventListener("error", () => this.settle(true));
    this.listen();
    new ResizeObserver(() => this.fit()).observe(this.view);
    if (this.image.complete && this.image.naturalWidth > 0) this.settle(false);
  }

  add(layer: Layer): void {
    this.layers.push(layer);
    if (!this.current) this.activate(layer);
  }

  /** The keys, clicks and drags are for this question from now on. */
  activate(layer: Layer): void {
    if (this.current === layer) return;
    this.cancel();
    this.current = layer;
    this.view.setAttribute("aria-describedby", layer.hint);
    this.draw();
  }

  isActive(layer: Layer): boolean {
    return this.active === layer;
  }

  /** The active question, or one that is asked where that one is not. */
  private get active(): Layer | null {
    return this.current?.asked ? this.current : (this.layers.find((layer) => layer.asked) ?? null);
  }

  private get shown(): Shown {
    return this.active?.shown ?? NOTHING;
  }

  private tool(action: ActionId, words: string): HTMLElement {
    const key = hintFor(action);
    const button = h("button", { type: "button", class: "quiet small", "aria-keyshortcuts": key }, words, h("kbd", { "aria-hidden": "true" }, key));
    button.addEventListener("click", () => this.zoomBy(action));
    return button;
  }

  private settle(missing: boolean): void {
    this.missing = missing;
    const { naturalWidth: width, naturalHeight: height } = this.image;
    // a drawing without a size of its own is as large as it is shown
    this.size = width > 0 && height > 0 ? { width, height } : GUESS;
    this.fit();
    for (const layer of this.layers) layer.settled();
  }

  /** The whole image at zoom 1, as large as there is room for it. */
  private fit(): void {
    const room = this.view.clientWidth;
    if (room === 0) return;
    const most = Math.max(240, window.innerHeight * 0.62);
    const base = Math.min(room, most * (this.size.width / this.size.height), this.size.width * 4);
    this.canvas.style.width = `${Math.round(base * this.zoom)}px`;
    this.percent.textContent = `${Math.round((base * this.zoom * 100) / this.size.width)} %`;
    this.view.toggleAttribute("data-zoomed", this.zoom > 1);
    this.draw();
  }

  /** Zooms about a place of the image: by default the selected box, else the middle of what is seen. */
  zoomBy(action: ActionId, about?: Point): void {
    const factor = action === "zoom-in" ? ZOOM_STEP : action === "zoom-out" ? 1 / ZOOM_STEP : 1 / this.zoom;
    const seen = this.seen();
    const at = about ?? this.selectedMiddle() ?? { x: seen.left + seen.width / 2, y: seen.top + seen.height / 2 };
    const before = this.onScreen(at);
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, this.zoom * factor));
    this.fit();
    const after = this.onScreen(at);
    this.view.scrollLeft += after.x - (about ? before.x : this.view.clientWidth / 2);
    this.view.scrollTop += after.y - (about ? before.y : this.view.clientHeight / 2);
    this.active?.said(`Image at ${this.percent.textContent ?? ""}`);
  }

  private selectedMiddle(): Point | null {
    const box = this.shown.selected === null ? undefined : this.shown.boxes[this.shown.selected];
    return box ? { x: (box.x + box.width / 2) * this.size.width, y: (box.y + box.height / 2) * this.size.height } : null;
  }

  /** A place of the image as it lies in the view. */
  private onScreen({ x, y }: Point): Point {
    const canvas = this.canvas.getBoundingClientRect();
    const view = this.view.getBoundingClientRect();
    return { x: canvas.left - view.left + (x / this.size.width) * canvas.width, y: canvas.top - view.top + (y / this.size.height) * canvas.height };
  }

  /** The part of the image that is seen. */
  seen(): Rect {
    const canvas = this.canvas.getBoundingClientRect();
    const view = this.view.getBoundingClientRect();
    if (canvas.width === 0 || canvas.height === 0) return { left: 0, top: 0, ...this.size };
    const scale = this.size.width / canvas.width;
    const left = Math.max(0, (view.left - canvas.left) * scale);
    const top = Math.max(0, (view.top - canvas.top) * scale);
    return { left, top, width: Math.min(this.size.width - left, view.width * scale), height: Math.min(this.size.height - top, view.height * scale) };
  }

  /** Scrolls the view, and nothing but the view, to the selected box. */
  reveal(): void {
    const middle = this.selectedMiddle();
    if (!middle) return;
    const { x, y } = this.onScreen(middle);
    const { clientWidth, clientHeight } = this.view;
    if (x < 0 || x > clientWidth) this.view.scrollLeft += x - clientWidth / 2;
    if (y < 0 || y > clientHeight) this.view.scrollTop += y - clientHeight / 2;
  }

  /** Draws the boxes of every question that is asked, the selected one last: it lies on top. */
  draw(): void {
    const { active } = this;
    const others = this.layers.filter((layer) => layer.asked && layer !== active);
    const below = others.flatMap(({ shown }) => shown.boxes.map((box) => this.drawn(box, shown, false, "box other")));
    const suggested = (this.shown.suggested ?? []).map((box) => this.drawn(box, this.shown, false, "box"));
    for (const row of suggested) row.toggleAttribute("data-suggested", true);
    const rows = this.shown.boxes.map((box, index) => this.drawn(box, this.shown, index === this.shown.selected, "box"));
    const top = this.shown.selected === null ? undefined : rows[this.shown.selected];
    this.layer.replaceChildren(...below, ...suggested, ...rows.filter((row) => row !== top), ...(top ? [top] : []));
  }

  private drawn(box: Box, shown: Shown, selected: boolean, kind: string): HTMLElement {
    const low = box.y * (this.canvas.clientWidth * this.size.height) / this.size.width < 24;
    const name = h("span", { class: "box-name" }, h("bdi", {}, shown.titleOf(box.label)));
    const handles = selected ? CORNERS.map((corner) => h("span", { class: `box-handle ${corner}`, "data-corner": corner })) : [];
    const row = h("div", { class: `${kind} tone-${shown.toneOf(box.label)}`, "data-selected": selected, "data-low": low }, name, ...handles);
    lay(row, box);
    return row;
  }

  /** Gives up a corner that waits for its opposite; false if none does. */
  cancel(): boolean {
    const waiting = this.corner !== null;
    this.corner = null;
    this.pin.hidden = true;
    return waiting;
  }

  private at(event: PointerEvent | WheelEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - left) / width) * this.size.width, y: ((event.clientY - top) / height) * this.size.height };
  }

  private listen(): void {
    this.view.addEventListener("focus", () => this.active?.entered());
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", (event) => this.up(event));
    this.canvas.addEventListener("pointercancel", () => this.endPress());
    this.view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? "zoom-in" : "zoom-out", this.at(event));
    }, { passive: false });
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || this.missing || !event.isPrimary || !this.active) return;
    const from = this.at(event);
    this.press = { pointer: event.pointerId, grip: this.gripAt(event, from), screen: { x: event.clientX, y: event.clientY }, moved: false, rect: null };
    this.view.focus({ preventScroll: true });
    // a finger on the bare image moves the page, so it is not held here
    if (event.pointerType !== "touch" || this.press.grip.at !== "nowhere") {
      this.canvas.setPointerCapture(event.pointerId);
      event.preventDefault();
    }
  }

  private gripAt(event: PointerEvent, from: Point): Grip {
    const { boxes, selected } = this.shown;
    const box = selected === null ? undefined : boxes[selected];
    if (!box || this.corner) return { at: "nowhere", from };
    const rect = toRect(box, this.size);
    const corner = event.target instanceof HTMLElement ? event.target.dataset["corner"] : undefined;
    if (corner !== undefined) {
      return { at: "corner", fixed: { x: corner.endsWith("w") ? rect.left + rect.width : rect.left, y: corner.startsWith("n") ? rect.top + rect.height : rect.top } };
    }
    return boxesAt([rect], from).length ? { at: "body", from, rect } : { at: "nowhere", from };
  }

  private drag(event: PointerEvent): void {
    const { press } = this;
    if (!press || press.pointer !== event.pointerId) return;
    const far = Math.hypot(event.clientX - press.screen.x, event.clientY - press.screen.y) >= DRAG_PX;
    if (!press.moved && !far) return;
    if (event.pointerType === "touch" && press.grip.at === "nowhere") return;
    press.moved = true;
    press.rect = this.reshaped(press.grip, this.at(event));
    this.rubber.hidden = false;
    lay(this.rubber, fractions(press.rect, this.size));
  }

  private reshaped(grip: Grip, to: Point): Rect {
    if (grip.at === "corner") return between(grip.fixed, to, this.size);
    if (grip.at === "nowhere") return between(grip.from, to, this.size);
    return nudge(grip.rect, Math.round(to.x - grip.from.x), Math.round(to.y - grip.from.y), this.size);
  }

  private up(event: PointerEvent): void {
    const { press } = this;
    if (!press || press.pointer !== event.pointerId) return;
    this.endPress();
    if (!press.moved) return this.click(this.at(event), event.pointerType === "touch");
    if (!press.rect) return;
    this.cancel();
    if (press.grip.at === "nowhere") this.active?.drawn(press.rect);
    else if (this.shown.selected !== null) this.active?.reshaped(this.shown.selected, press.rect);
  }

  private endPress(): void {
    this.press = null;
    this.rubber.hidden = true;
  }

  /** A corner, its opposite, or the next box that lies here. */
  private click(point: Point, touch: boolean): void {
    if (this.corner) {
      const rect = between(this.corner, point, this.size);
      const least = (DRAG_PX * this.size.width) / this.canvas.clientWidth;
      this.cancel();
      if (rect.width < least || rect.height < least) return this.active?.said("No box: the corners are too close");
      return this.active?.drawn(rect);
    }
    const here = boxesAt(this.shown.boxes.map((box) => toRect(box, this.size)), point);
    const next = here[(here.indexOf(this.shown.selected ?? -1) + 1) % here.length];
    if (next !== undefined) return this.active?.picked(next);
    this.active?.picked(null);
    this.corner = { x: Math.max(0, Math.min(this.size.width, point.x)), y: Math.max(0, Math.min(this.size.height, point.y)) };
    this.pin.hidden = false;
    this.pin.style.left = `${(this.corner.x / this.size.width) * 100}%`;
    this.pin.style.top = `${(this.corner.y / this.size.height) * 100}%`;
    this.active?.said(`First corner set. ${touch ? "Tap" : "Click"} the opposite corner`);
  }
}

function fractions(rect: Rect, size: Size): Pick<Box, "x" | "y" | "width" | "height"> {
  return { x: rect.left / size.width, y: rect.top / size.height, width: rect.width / size.width, height: rect.height / size.height };
}

function lay(element: HTMLElement, place: Pick<Box, "x" | "y" | "width" | "height">): void {
  element.style.left = `${place.x * 100}%`;
  element.style.top = `${place.y * 100}%`;
  element.style.width = `${place.width * 100}%`;
  element.style.height = `${place.height * 100}%`;
}

/** What a key does to a place in the image. */
export function moved(rect: Rect, action: ActionId, size: Size): Rect | null {
  const found = /^box-(left|right|up|down|narrower|wider|lower|taller)(-far)?$/.exec(action);
  if (!found) return null;
  const step = found[2] ? 10 : 1;
  const [dx, dy] = STEPS[found[1] ?? ""] ?? [0, 0];
  return MOVES.has(found[1] ?? "") ? nudge(rect, dx * step, dy * step, size) : stretch(rect, dx * step, dy * step, size);
}

const MOVES = new Set(["left", "right", "up", "down"]);
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1], narrower: [-1, 0], wider: [1, 0], lower: [0, -1], taller: [0, 1],
};
