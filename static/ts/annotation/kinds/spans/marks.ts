/** Draws spans as lines under the text, each with the name of its label. */
import { h } from "../../../core/dom";
import { LANES, assignLanes, depths, groupHidden } from "./lanes";
import type { Laned } from "./lanes";
import type { Span } from "./model";
import type { Box, TextSurface } from "./surface";

export interface Mark {
  /** In UTF-16. */
  start: number;
  end: number;
  /** As it is stored. */
  span: Span;
  /** The question it answers. */
  owner: string;
  title: string;
  /** Colour and, for more labels than colours, kind of line; counted from 0. */
  look: number;
}

interface Drawn {
  mark: Mark;
  lane: number;
  element: HTMLElement;
  label: HTMLElement;
  boxes: Box[];
  /** What its name was given, in pixels. */
  room: number | null;
}

const SERIES = 6;
const LINES = 4;
/** Between the names of neighbours. */
const GAP = 3;

export function lookClasses(look: number): string {
  return `series-${(look % SERIES) + 1} line-${Math.floor(look / SERIES) % LINES}`;
}

function keyOf({ owner, span }: Mark): string {
  return `${owner} ${span.start} ${span.end} ${span.label}`;
}

export function put(element: HTMLElement, left: number, top: number, width?: number): void {
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
  if (width !== undefined) element.style.width = `${width}px`;
}

export class Marks {
  private drawn = new Map<string, Drawn>();
  private more: HTMLElement[] = [];
  private laned: Laned<Mark>[] = [];

  constructor(private readonly surface: TextSurface) {}

  /** Shows these and no others; only what is new or has moved is measured. True if lines of the text have moved. */
  show(marks: readonly Mark[]): boolean {
    this.laned = assignLanes(marks);
    const moved = this.surface.setDepths(depths(this.laned.map(({ span, lane }) => ({ span, lane }))));
    const next = new Map<string, Drawn>();
    for (const { span: mark, lane } of this.laned) {
      const before = this.drawn.get(keyOf(mark));
      if (before && before.lane === lane && !moved) next.set(keyOf(mark), { ...before, mark });
      else next.set(keyOf(mark), this.measure(mark, lane));
    }
    for (const [key, { element }] of this.drawn) if (next.get(key)?.element !== element) element.remove();
    const fresh = [...next.values()].filter(({ element }) => !element.isConnected);
    this.drawn = next;
    for (const drawn of fresh) this.draw(drawn);
    this.surface.over.prepend(...fresh.map(({ element }) => element));
    this.fitLabels();
    this.drawMore();
    return moved;
  }

  /** The lines of the text have moved: everything is measured again. */
  replace(): void {
    const marks = [...this.drawn.values()].map(({ mark }) => mark);
    for (const { element } of this.drawn.values()) element.remove();
    this.drawn.clear();
    this.show(marks);
  }

  private measure(mark: Mark, lane: number): Drawn {
    const label = h("bdi", { class: "mark-label" }, mark.title);
    const element = h("div", { class: `mark ${lookClasses(mark.look)}`, "data-lane": lane });
    return { mark, lane, element, label, boxes: this.surface.boxes(mark), room: null };
  }

  private draw({ lane, element, label, boxes }: Drawn): void {
    if (lane >= LANES) return;
    for (const { left, right, bottom } of boxes) {
      const bar = h("i", { class: "mark-bar" });
      put(bar, left, bottom, right - left);
      element.append(bar);
    }
    element.append(label);
  }

  /** A name may be as long as there is room before the next one on the same line. */
  private fitLabels(): void {
    const { width } = this.surface;
    const rows = new Map<string, { drawn: Drawn; box: Box }[]>();
    for (const drawn of this.drawn.values()) {
      const box = drawn.boxes[0];
      if (!box || drawn.lane >= LANES) continue;
      const row = `${drawn.lane} ${Math.round(box.top)}`;
      rows.set(row, [...(rows.get(row) ?? []), { drawn, box }]);
    }
    for (const row of rows.values()) {
      row.sort((a, b) => a.box.left - b.box.left);
      row.forEach(({ drawn, box }, index) => {
        const rightToLeft = this.surface.isRightToLeft(drawn.mark.start);
        const room = rightToLeft ? box.right - (row[index - 1]?.box.right ?? 0) : (row[index + 1]?.box.left ?? width) - box.left;
        if (drawn.room === room) return;
        drawn.room = room;
        const { style } = drawn.label;
        style.maxWidth = `${Math.max(room - GAP, 0)}px`;
        style.top = `${box.bottom}px`;
        if (rightToLeft) style.right = `${-box.right}px`;
        else style.left = `${box.left}px`;
      });
    }
  }

  private drawMore(): void {
    for (const element of this.more) element.remove();
    this.more = groupHidden(this.laned).map((group) => {
      const chip = h("span", { class: "mark-more" }, `+${group.spans.length}`);
      const box = this.surface.boxes(group)[0];
      if (box) put(chip, box.left, box.bottom);
      return chip;
    });
    this.surface.over.append(...this.more);
  }

  /** Where a mark lies, without measuring it again. */
  boxesOf(mark: Mark): Box[] {
    return this.drawn.get(keyOf(mark))?.boxes ?? this.surface.boxes(mark);
  }

  /** Marks the chosen one. */
  pick(mark: Mark | null): void {
    const key = mark && keyOf(mark);
    for (const [candidate, { element }] of this.drawn) element.toggleAttribute("data-picked", candidate === key);
  }

  /** The marks under a point of the surface, the shortest first; the lines below the text belong to them. */
  at(x: number, y: number, pitch: number): Mark[] {
    const hit = (box: Box, lane: number) => box.left - 1 <= x && x <= box.right + 1 && box.top <= y && y <= box.bottom + (Math.min(lane, LANES) + 1) * pitch;
    return [...this.drawn.values()]
      .filter(({ boxes, lane }) => boxes.some((box) => hit(box, lane)))
      .map(({ mark }) => mark)
      .sort((a, b) => a.end - a.start - (b.end - b.start) || a.start - b.start);
  }
}
