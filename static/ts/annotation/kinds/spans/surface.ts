/**
 * A text on the screen whose every place can be found and measured. The text nodes together are the text, character by
 * character; marks are drawn beside them and never between them, so letters that join stay joined.
 */
import { h } from "../../../core/dom";
import type { FieldText } from "./field_text";
import { isRightToLeft } from "./selection";
import type { Unit } from "./snapping";
import type { Depth } from "./lanes";

/** A piece of one visual line, in pixels from the corner of the surface. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Leaf extends Unit {
  node: Text;
}

interface Paragraph extends Unit {
  element: HTMLElement;
  leaves: Leaf[];
  rightToLeft: boolean;
  /** How it is divided at present. */
  division: string;
}

const PARAGRAPH = /[^\n]*\n|[^\n]+$/g;

function joins(a: Box, b: Box): boolean {
  return Math.abs(a.top - b.top) < 2 && b.left <= a.right + 1 && a.left <= b.right + 1;
}

/** Pieces of one line that touch become one; the order of reading stays. */
export function mergeBoxes(boxes: readonly Box[]): Box[] {
  const merged: Box[] = [];
  for (const box of boxes) {
    const last = merged.at(-1);
    if (last && joins(last, box)) {
      last.left = Math.min(last.left, box.left);
      last.right = Math.max(last.right, box.right);
      last.bottom = Math.max(last.bottom, box.bottom);
    } else {
      merged.push({ ...box });
    }
  }
  return merged;
}

export class TextSurface {
  readonly element: HTMLElement;
  /** Below and above the text: what is drawn there is placed in pixels. */
  readonly under = h("div", { class: "span-layer span-under", "aria-hidden": "true" });
  readonly over = h("div", { class: "span-layer span-over", "aria-hidden": "true" });
  /** Kept, since asking for it makes the browser lay out the page. */
  width = 0;
  private readonly paragraphs: Paragraph[] = [];
  private readonly leafOf = new WeakMap<Node, Leaf>();
  private readonly range = document.createRange();

  constructor(readonly content: FieldText, language: string | null | undefined) {
    let start = 0;
    const blocks = content.blocks.map((block) => {
      const body = h("div", { class: "item-text span-text", dir: "auto", lang: language || null }, ...this.buildParagraphs(block.text, start));
      start += block.text.length;
      if (block.role === null) return body;
      const aside = block.aside === undefined ? null : h("div", { class: "item-text mono span-aside" }, block.aside);
      return h("li", { class: "turn", "data-role": block.role }, h("bdi", { class: "turn-role" }, block.role), aside, body);
    });
    const isChat = content.blocks.some(({ role }) => role !== null);
    this.element = h("div", { class: "span-surface" }, this.under, ...(isChat ? [h("ol", { class: "chat" }, ...blocks)] : blocks), this.over);
  }

  private buildParagraphs(text: string, start: number): HTMLElement[] {
    return [...text.matchAll(PARAGRAPH)].map((match) => {
      const from = start + match.index;
      const paragraph: Paragraph = {
        start: from, end: from + match[0].length, element: h("div", { class: "span-line" }), leaves: [], rightToLeft: isRightToLeft(match[0]), division: "",
      };
      this.paragraphs.push(paragraph);
      this.divide(paragraph, []);
      return paragraph.element;
    });
  }

  /** Writes a paragraph anew with its deep stretches in elements of their own; false if it is so already. */
  private divide(paragraph: Paragraph, deep: readonly Depth[]): boolean {
    const inside = deep.map(({ start, end, depth }) => ({ start: Math.max(start, paragraph.start), end: Math.min(end, paragraph.end), depth }));
    const division = inside.map(({ start, end, depth }) => `${start}-${end}:${depth}`).join();
    if (division === paragraph.division && paragraph.leaves.length > 0) return false;
    paragraph.division = division;
    paragraph.leaves = [];
    const nodes: Node[] = [];
    let at = paragraph.start;
    for (const { start, end, depth } of inside) {
      if (at < start) nodes.push(this.leaf(paragraph, at, start));
      nodes.push(h("span", { class: "span-deep", "data-depth": depth }, this.leaf(paragraph, start, end)));
      at = end;
    }
    if (at < paragraph.end) nodes.push(this.leaf(paragraph, at, paragraph.end));
    paragraph.element.replaceChildren(...nodes);
    return true;
  }

  private leaf(paragraph: Paragraph, start: number, end: number): Text {
    const node = document.createTextNode(this.content.text.slice(start, end));
    const leaf = { start, end, node };
    paragraph.leaves.push(leaf);
    this.leafOf.set(node, leaf);
    return node;
  }

  /** Makes room under stacked spans; true if lines have moved. */
  setDepths(deep: readonly Depth[]): boolean {
    let moved = false;
    for (const paragraph of this.paragraphs) {
      const here = deep.filter(({ start, end }) => start < paragraph.end && paragraph.start < end);
      if (this.divide(paragraph, here)) moved = true;
    }
    return moved;
  }

  private paragraphAt(offset: number): Paragraph | undefined {
    let low = 0;
    let high = this.paragraphs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.paragraphs[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.paragraphs[low];
  }

  isRightToLeft(offset: number): boolean {
    return this.paragraphAt(offset)?.rightToLeft ?? false;
  }

  private *leavesIn(start: number, end: number): Generator<Leaf> {
    const first = this.paragraphAt(start);
    if (!first) return;
    for (let index = this.paragraphs.indexOf(first); index < this.paragraphs.length; index += 1) {
      const paragraph = this.paragraphs[index];
      if (!paragraph || paragraph.start >= end) return;
      for (const leaf of paragraph.leaves) if (leaf.start < end && start < leaf.end) yield leaf;
    }
  }

  /** Where a stretch of text lies: one box a visual line, more where directions mix. */
  boxes({ start, end }: Unit): Box[] {
    const corner = this.element.getBoundingClientRect();
    const found: Box[] = [];
    for (const leaf of this.leavesIn(start, end)) {
      this.range.setStart(leaf.node, Math.max(0, start - leaf.start));
      this.range.setEnd(leaf.node, Math.min(leaf.end, end) - leaf.start);
      for (const { left, top, right, bottom } of this.range.getClientRects()) {
        if (right - left < 0.5) continue;
        found.push({ left: left - corner.left, top: top - corner.top, right: right - corner.left, bottom: bottom - corner.top });
      }
    }
    return mergeBoxes(found);
  }

  /** Where a caret stands. */
  caretBox(offset: number): Box {
    const corner = this.element.getBoundingClientRect();
    const paragraph = this.paragraphAt(Math.min(offset, this.content.text.length - 1));
    const leaf = paragraph?.leaves.find((candidate) => offset <= candidate.end) ?? paragraph?.leaves.at(-1);
    if (!paragraph || !leaf) return { left: 0, top: 0, right: 0, bottom: 0 };
    this.range.setStart(leaf.node, Math.max(0, Math.min(offset - leaf.start, leaf.node.length)));
    this.range.collapse(true);
    const rects = this.range.getClientRects();
    const rect = rects[rects.length - 1] ?? paragraph.element.getBoundingClientRect();
    const x = rect.left - corner.left;
    return { left: x, right: x, top: rect.top - corner.top, bottom: rect.bottom - corner.top };
  }

  /** The place in the text under a point of the window, or null. */
  offsetAt(x: number, y: number): number | null {
    if ("caretPositionFromPoint" in document) {
      const position = document.caretPositionFromPoint(x, y);
      return position && this.offsetOf(position.offsetNode, position.offset);
    }
    const range = (document as Document).caretRangeFromPoint(x, y);
    return range && this.offsetOf(range.startContainer, range.startOffset);
  }

  private offsetOf(node: Node, offset: number): number | null {
    const leaf = this.leafOf.get(node);
    if (leaf && node.isConnected) return leaf.start + offset;
    if (!this.element.contains(node)) return null;
    this.range.setStart(node, offset);
    this.range.collapse(true);
    for (const { start, node: text } of this.leavesIn(0, this.content.text.length)) if (this.range.comparePoint(text, 0) >= 0) return start;
    return this.content.text.length;
  }

  /** The part of a native selection that lies in this text. */
  rangeOf(native: Range): Unit | null {
    if (!native.intersectsNode(this.element)) return null;
    let start: number | null = null;
    let end: number | null = null;
    for (const leaf of this.leavesIn(0, this.content.text.length)) {
      if (!native.intersectsNode(leaf.node)) continue;
      start ??= leaf.node === native.startContainer ? leaf.start + native.startOffset : leaf.start;
      end = leaf.node === native.endContainer ? leaf.start + native.endOffset : leaf.end;
    }
    return start !== null && end !== null && start < end ? { start, end } : null;
  }
}
