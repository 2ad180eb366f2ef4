/** What the keys of the registry do in a text: caret, selection, edges, and the way from span to span. */
import type { ActionId } from "../../keys";
import type { TextEditor } from "./editor";
import type { Edge } from "./frame";
import { habits } from "./habits";
import type { Layer } from "./layer";
import { besideLine, endOfLine } from "./lines";
import { isSame, neighbour } from "./model";
import { extend, moveCaret } from "./selection";
import type { Step } from "./selection";
import { SNAPS, shorten } from "./snapping";
import type { Snap } from "./snapping";

const ARROWS: Partial<Record<ActionId, { way: "left" | "right"; how: "move" | "sentence" | "extend" | "grapheme" }>> = {
  left: { way: "left", how: "move" },
  right: { way: "right", how: "move" },
  "sentence-left": { way: "left", how: "sentence" },
  "sentence-right": { way: "right", how: "sentence" },
  "extend-left": { way: "left", how: "extend" },
  "extend-right": { way: "right", how: "extend" },
  "grapheme-left": { way: "left", how: "grapheme" },
  "grapheme-right": { way: "right", how: "grapheme" },
};

export class TextKeys {
  constructor(private readonly editor: TextEditor) {}

  /** Does a key in the text; false if it means nothing here. */
  act(action: ActionId, layer: Layer): boolean {
    const arrow = ARROWS[action];
    if (arrow) {
      this.editor.hideBar();
      this.arrow(arrow.how, this.stepOf(arrow.way));
      return true;
    }
    switch (action) {
      case "up": case "down": this.jump(besideLine(this.editor.surface, this.editor.place.caret, action === "up" ? -1 : 1)); return true;
      case "line-start": case "line-end": this.jump(endOfLine(this.editor.surface, this.editor.place.caret, action === "line-start" ? "start" : "end")); return true;
      case "caret-mode": this.editor.enter(layer); return true;
      case "snap": this.editor.setSnap(SNAPS[(SNAPS.indexOf(habits.snap) + 1) % SNAPS.length] ?? "word"); return true;
      case "edge-start": case "edge-end": this.chooseEdge(layer, action === "edge-start" ? "start" : "end"); return true;
      case "next-mark": case "previous-mark": this.step(layer, action === "next-mark" ? 1 : -1); return true;
      case "delete-mark": return this.editor.remove();
      case "back": return this.editor.back();
      default: return false;
    }
  }

  /** Arrows go where they point: in a text from right to left, left is onward. */
  private stepOf(way: "left" | "right"): Step {
    const rightToLeft = this.editor.surface.isRightToLeft(this.editor.edge === "start" ? (this.editor.picked?.mark.start ?? 0) : this.editor.place.caret);
    return (way === "right") === rightToLeft ? -1 : 1;
  }

  private arrow(how: "move" | "sentence" | "extend" | "grapheme", step: Step): void {
    const snap = how === "grapheme" ? "character" : how === "sentence" ? "sentence" : habits.snap;
    if (this.editor.edge) return this.editor.nudge(this.editor.edge, snap, step);
    if (how === "extend" || how === "grapheme") return this.extend(snap, step);
    // by characters where one selects by characters, else by words: sentences have their own key
    const unit = how === "sentence" ? "sentence" : habits.snap === "character" ? "character" : "word";
    this.editor.setCaret(moveCaret(this.editor.snapper, this.editor.place, unit, step));
    this.readCaret(unit);
  }

  private extend(snap: Snap, step: Step): void {
    const selected = extend(this.editor.snapper, this.editor.place, snap, step);
    if (!selected) return;
    this.editor.unpick();
    this.editor.setSelected(selected);
    this.editor.frame.reveal();
  }

  private jump(offset: number | null): void {
    if (offset === null) return;
    this.editor.setCaret(offset);
    this.readCaret("word");
  }

  private readCaret(snap: Snap): void {
    const unit = this.editor.snapper.next(snap, this.editor.place.caret);
    this.editor.active?.announce(unit ? shorten(this.editor.snapper.text.slice(unit.start, unit.end)) : "End of the text");
    this.editor.frame.reveal();
  }

  private chooseEdge(layer: Layer, edge: Edge): void {
    if (!this.editor.picked) return this.editor.say(`Choose a span first: Alt+. goes to the next one.`);
    this.editor.hideBar();
    this.editor.edge = edge;
    this.editor.enter(layer);
    this.editor.paint();
    layer.announce(`The arrow keys move the ${edge} of “${shorten(this.editor.textOf(this.editor.picked.mark))}”`);
  }

  private step(layer: Layer, step: Step): void {
    const spans = layer.marks().map(({ span }) => span);
    const from = this.editor.pickedOf(layer);
    const start = this.editor.surface.content.text.slice(0, this.editor.place.caret);
    const next = neighbour(spans, from ?? [...start].length, step);
    if (!next) return layer.announce("Nothing is marked yet");
    this.editor.goTo(layer, next);
    const place = spans.findIndex((span) => isSame(span, next)) + 1;
    if (this.editor.picked) layer.announce(`${this.editor.picked.mark.title}: “${shorten(this.editor.textOf(this.editor.picked.mark))}”, ${place} of ${spans.length}`);
  }
}
