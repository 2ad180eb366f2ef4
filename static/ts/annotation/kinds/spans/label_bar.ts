/** The labels at hand beside what was selected with a mouse or a finger, and what a refusal says. */
import { h } from "../../../core/dom";
import { hintsFor } from "../options";
import type { Layer } from "./layer";
import { lookClasses, put } from "./marks";
import type { Box } from "./surface";

export interface BarActions {
  nudge(edge: "start" | "end", step: 1 | -1): void;
  remove(): void;
}

export interface BarState {
  layers: readonly Layer[];
  /** The label of the chosen span, or null where text is selected. */
  label: string | null;
  rightToLeft: boolean;
}

const EDGES = [["start", "Start"], ["end", "End"]] as const;

export class LabelBar {
  readonly element = h("div", { class: "span-bar", role: "group", "aria-label": "Labels for the selection", hidden: true });
  private readonly said = h("p", { class: "span-said", hidden: true });
  private readonly body = h("div", { class: "span-bar-body" });

  constructor(private readonly actions: BarActions) {
    this.element.append(this.said, this.body);
    // pressing a button here must not take the selection or the focus away
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  show(state: BarState, at: Box, width: number, docked: boolean): void {
    const groups = state.layers.map((layer) => this.buildLabels(layer, state));
    this.body.replaceChildren(...groups, this.buildEdges(state));
    this.say(null);
    this.body.hidden = false;
    this.place(at, width, docked);
  }

  /** Says something at the place where it happened; alone where no labels are shown. */
  say(words: string | null, at?: Box, width = 0): void {
    this.said.textContent = words ?? "";
    this.said.hidden = words === null;
    if (words === null || this.isOpen || !at) return;
    this.body.hidden = true;
    this.place(at, width, false);
  }

  /** How much of the window's lower end is covered while the bar lies there. */
  get covered(): number {
    return this.isOpen ? window.innerHeight - this.element.getBoundingClientRect().top : 0;
  }

  hide(): void {
    this.element.hidden = true;
  }

  private place(at: Box, width: number, docked: boolean): void {
    this.element.hidden = false;
    this.element.toggleAttribute("data-docked", docked);
    const toolbar = document.querySelector(".toolbar")?.getBoundingClientRect();
    if (docked && toolbar) this.element.style.setProperty("--dock", `${Math.max(0, window.innerHeight - toolbar.top)}px`);
    const left = Math.max(0, Math.min(at.left, width - this.element.offsetWidth));
    put(this.element, left, at.bottom);
  }

  private buildLabels(layer: Layer, state: BarState): HTMLElement {
    const buttons = layer.labels.map((label, index) => {
      const pressed = state.label === null ? null : String(state.label === label.value);
      const hint = hintsFor(label, index)[0] ?? null;
      const button = h(
        "button",
        { type: "button", class: `small span-choice ${lookClasses(layer.look(label.value))}`, "aria-pressed": pressed },
        h("i", { class: "span-swatch" }), h("bdi", {}, label.title || label.value), hint === null ? null : h("kbd", { "aria-hidden": "true" }, hint),
      );
      button.addEventListener("click", () => layer.apply(index));
      return button;
    });
    const title = state.layers.length > 1 ? h("bdi", { class: "span-bar-title" }, layer.title) : null;
    return h("div", { class: "span-bar-row", role: "group", "aria-label": layer.title }, title, ...buttons);
  }

  /** Moving the edges without dragging, and deleting. */
  private buildEdges({ label, rightToLeft }: BarState): HTMLElement {
    const arrow = (edge: "start" | "end", step: 1 | -1) => {
      const where = (step === 1) === rightToLeft ? "left" : "right";
      const button = h("button", { type: "button", class: "small quiet span-nudge", "aria-label": `Move the ${edge} to the ${where}` }, where === "left" ? "←" : "→");
      button.addEventListener("click", () => this.actions.nudge(edge, step));
      return button;
    };
    const edges = EDGES.map(([edge, word]) => {
      const arrows = rightToLeft ? [arrow(edge, 1), arrow(edge, -1)] : [arrow(edge, -1), arrow(edge, 1)];
      return h("span", { class: "span-edge" }, h("span", { class: "span-edge-word" }, word), ...arrows);
    });
    if (label === null) return h("div", { class: "span-bar-row span-bar-edges" }, ...edges);
    const remove = h("button", { type: "button", class: "small quiet danger" }, "Delete");
    remove.addEventListener("click", () => this.actions.remove());
    return h("div", { class: "span-bar-row span-bar-edges" }, ...edges, remove);
  }
}
