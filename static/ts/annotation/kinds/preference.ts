/** Which of two texts is better: sides drawn by the server, the answer is the field's name, never a side. */
import { h } from "../../core/dom";
import { EXTRAS, nameOf, orderOf } from "../answer_words";
import type { Question } from "../types";
import { drawCompared } from "./compared";
import type { Panel } from "./compared";
import type { Control, ItemPane, Kind, KindContext } from "./kind";
import { buildGroup, buildOption } from "./options";
import type { OptionRow } from "./options";

interface Choice {
  /** The side on the screen, or null for an answer about both. */
  side: 0 | 1 | null;
  extra: string | null;
  digit: number;
  title: string;
}

function choicesOf(question: Question): Choice[] {
  const sides = ([0, 1] as const).map((side) => ({ side, extra: null, digit: side + 1, title: `${nameOf(side, 2)} is better` }));
  const extras = Object.entries(EXTRAS).filter(([name]) => question.extra?.includes(name));
  return [...sides, ...extras.map(([name, { title, digit }]) => ({ side: null, extra: name, digit, title }))];
}

class PreferenceControl implements Control {
  readonly element: HTMLElement;
  private readonly choices: Choice[];
  private readonly rows: OptionRow[];
  private order: string[];
  private panels: Panel[] = [];
  private buttons: HTMLButtonElement[] = [];

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.choices = choicesOf(question);
    this.order = question.fields ?? [];
    this.rows = this.choices.map((choice, index) => this.buildRow(choice, index));
    this.element = buildGroup("preference", "radiogroup", ...this.rows.map(({ row }) => row));
  }

  private buildRow(choice: Choice, index: number): OptionRow {
    const option = buildOption({
      type: "radio", id: `${this.context.id}-${index}`, name: this.context.id, value: String(index),
      title: choice.title, hints: [String(choice.digit)],
    });
    option.input.addEventListener("change", () => this.changed());
    option.input.addEventListener("focus", () => this.context.focused(null));
    return option;
  }

  attach(pane: ItemPane): void {
    this.order = orderOf(this.question, pane.sides);
    this.panels = drawCompared(pane, this.order);
    this.buttons = this.panels.map((panel, side) => {
      const button = h("button", { type: "button", class: "panel-choose", "aria-pressed": "false" });
      button.addEventListener("click", () => this.choose(side));
      panel.actions.append(button);
      return button;
    });
    this.mark();
  }

  setAsked(asked: boolean): void {
    for (const button of this.buttons) button.hidden = !asked;
    this.mark();
  }

  owns(element: Element): boolean {
    return this.buttons.some((button) => button === element);
  }

  private choose(index: number): boolean {
    const input = this.rows[index]?.input;
    if (!input) return false;
    input.checked = !(input.checked && !this.question.required);
    input.focus({ preventScroll: true });
    this.changed();
    return true;
  }

  private changed(): void {
    this.mark();
    this.context.changed();
  }

  private get chosen(): Choice | null {
    return this.choices[this.rows.findIndex(({ input }) => input.checked)] ?? null;
  }

  /** Says at the text itself that it was chosen: by a word, a mark and a line, not by a colour alone. */
  private mark(): void {
    const side = this.chosen?.side ?? null;
    const several = (this.panels[0]?.actions.childElementCount ?? 0) > 1;
    this.buttons.forEach((button, place) => {
      const pressed = place === side;
      const words = `${several ? `${this.question.title}: ` : ""}${this.choices[place]?.title ?? ""}`;
      button.replaceChildren(pressed ? "✓ " : "", h("bdi", {}, words), h("kbd", { "aria-hidden": "true" }, String(place + 1)));
      button.setAttribute("aria-pressed", String(pressed));
    });
    for (const panel of this.panels) {
      panel.element.toggleAttribute("data-chosen", panel.actions.querySelector("[aria-pressed=true]:not([hidden])") !== null);
    }
  }

  value(): unknown {
    const { chosen } = this;
    if (!chosen) return null;
    return chosen.side === null ? chosen.extra : (this.order[chosen.side] ?? null);
  }

  setValue(value: unknown): void {
    const side = this.order.findIndex((field) => field === value);
    this.rows.forEach(({ input }, index) => {
      const choice = this.choices[index];
      input.checked = typeof value === "string" && choice !== undefined && (choice.side === null ? choice.extra === value : choice.side === side);
    });
    this.mark();
  }

  focus(options?: FocusOptions): void {
    (this.rows.find(({ input }) => input.checked) ?? this.rows[0])?.input.focus(options);
  }

  pickDigit(digit: number, option: number): boolean {
    return option < 10 && this.choose(this.choices.findIndex((choice) => choice.digit === digit));
  }

  pickLetter(): boolean {
    return false;
  }
}

export const preference: Kind = {
  name: "preference",
  missing: (question) => `Choose which is better for “${question.title}”`,
  build: (question, context) => new PreferenceControl(question, context),
};
