/** A value on a scale: a radio group in a row, both ends named, digits are the values. */
import { h } from "../../core/dom";
import { optionHint } from "../keys";
import type { Question } from "../types";
import type { Control, Kind, KindContext } from "./kind";
import { buildGroup, buildOption } from "./options";
import type { OptionRow } from "./options";

export function valuesOf(question: Question): number[] {
  const low = question.min ?? 1;
  const high = question.max ?? 5;
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, step) => low + step);
}

/** The value a digit stands for: itself where it can, 0 for ten, else the position on the scale. */
export function valueOfDigit(values: number[], digit: number, option: number): number | undefined {
  const low = values[0] ?? 0;
  const high = values[values.length - 1] ?? 0;
  if (low < 0 || high > 10) return values[option];
  if (digit === 0 && low > 0) return high === 10 && option === 9 ? 10 : undefined;
  return option > 9 || !values.includes(digit) ? undefined : digit;
}

function hintOf(values: number[], value: number, index: number): string | null {
  const low = values[0] ?? 0;
  const high = values[values.length - 1] ?? 0;
  if (low < 0 || high > 10) return optionHint(index);
  if (value === 10) return low > 0 ? "0" : null;
  return String(value);
}

function namesOf(question: Question): Record<string, string> {
  return question.labels && !Array.isArray(question.labels) ? question.labels : {};
}

class RatingControl implements Control {
  readonly element: HTMLElement;
  private readonly values: number[];
  private readonly rows: OptionRow[];

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.values = valuesOf(question);
    this.rows = this.values.map((value, index) => this.buildRow(value, index));
    this.element = buildGroup("rating", "radiogroup", h("div", { class: "scale" }, ...this.rows.map(({ row }) => row)));
    const names = namesOf(question);
    const first = names[String(this.values[0])];
    const last = names[String(this.values[this.values.length - 1])];
    if (first || last) {
      this.element.append(h("p", { class: "scale-ends", "aria-hidden": "true" }, h("bdi", {}, first ?? ""), h("bdi", {}, last ?? "")));
    }
  }

  private buildRow(value: number, index: number): OptionRow {
    const hint = hintOf(this.values, value, index);
    const option = buildOption({
      type: "radio",
      id: `${this.context.id}-${index}`,
      name: this.context.id,
      value: String(value),
      title: String(value),
      hints: hint === null ? [] : [hint],
    });
    const name = namesOf(this.question)[String(value)];
    if (name) option.input.setAttribute("aria-label", `${value}, ${name}`);
    if (name) option.row.title = name;
    option.input.addEventListener("change", () => this.context.changed());
    option.input.addEventListener("focus", () => this.context.focused(String(value)));
    return option;
  }

  value(): unknown {
    const index = this.rows.findIndex(({ input }) => input.checked);
    return this.values[index] ?? null;
  }

  setValue(value: unknown): void {
    this.rows.forEach(({ input }, index) => (input.checked = this.values[index] === value));
  }

  focus(options?: FocusOptions): void {
    (this.rows.find(({ input }) => input.checked) ?? this.rows[0])?.input.focus(options);
  }

  pickDigit(digit: number, option: number): boolean {
    const value = valueOfDigit(this.values, digit, option);
    const input = value === undefined ? undefined : this.rows[this.values.indexOf(value)]?.input;
    if (!input) return false;
    input.checked = !(input.checked && !this.question.required);
    input.focus();
    this.context.changed();
    return true;
  }

  pickLetter(): boolean {
    return false;
  }
}

export const rating: Kind = {
  name: "rating",
  missing: (question) => {
    const values = valuesOf(question);
    return `Choose a value from ${values[0]} to ${values[values.length - 1]} for “${question.title}”`;
  },
  build: (question, context) => new RatingControl(question, context),
};
