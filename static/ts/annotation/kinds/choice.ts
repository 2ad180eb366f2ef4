/** One label of several: a radio group, filterable when it is long. */
import { h } from "../../core/dom";
import { isFreeLetter, optionHint } from "../keys";
import type { LabelOption, Question } from "../types";
import type { Control, Kind, KindContext } from "./kind";
import { buildGroup, buildOption } from "./options";
import type { OptionRow } from "./options";

/** More labels than this get a filter, since nobody reads them all. */
const LONG_LIST = 12;

function labelsOf(question: Question): LabelOption[] {
  return Array.isArray(question.labels) ? question.labels : [];
}

function hintsFor(label: LabelOption, index: number): string[] {
  const letter = label.shortcut && isFreeLetter(label.shortcut) ? [label.shortcut.toUpperCase()] : [];
  const digit = optionHint(index);
  return digit === null ? letter : [...letter, digit];
}

class ChoiceControl implements Control {
  readonly element: HTMLElement;
  private readonly labels: LabelOption[];
  private readonly rows: OptionRow[];
  private readonly filter: HTMLInputElement | null = null;

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.labels = labelsOf(question);
    this.rows = this.labels.map((label, index) => this.buildRow(label, index));
    const rows = this.rows.map(({ row }) => row);
    this.element = buildGroup("choice", "radiogroup", ...rows);
    if (this.labels.length > LONG_LIST) {
      this.filter = this.buildFilter();
      this.element.prepend(this.filter);
    }
  }

  private buildRow(label: LabelOption, index: number): OptionRow {
    const option = buildOption({
      type: "radio",
      id: `${this.context.id}-${index}`,
      name: this.context.id,
      value: label.value,
      title: label.title || label.value,
      hints: hintsFor(label, index),
    });
    option.input.addEventListener("change", () => this.context.changed());
    option.input.addEventListener("focus", () => this.context.focused(label.value));
    return option;
  }

  private buildFilter(): HTMLInputElement {
    const input = h("input", { type: "search", class: "option-filter", autocomplete: "off", placeholder: "Filter labels", "aria-label": `Filter labels of ${this.question.title}` });
    input.addEventListener("input", () => this.applyFilter());
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey) return;
      if (event.key !== "Enter" && event.key !== "ArrowDown") return;
      event.preventDefault();
      const first = this.rows.findIndex(({ row }) => !row.hidden);
      if (first < 0) return;
      if (event.key === "Enter") this.choose(first);
      this.rows[first]?.input.focus();
    });
    return input;
  }

  private applyFilter(): void {
    const typed = (this.filter?.value ?? "").trim().toLocaleLowerCase();
    this.labels.forEach((label, index) => {
      const row = this.rows[index]?.row;
      if (row) row.hidden = !`${label.title} ${label.value}`.toLocaleLowerCase().includes(typed);
    });
  }

  private choose(index: number): boolean {
    const input = this.rows[index]?.input;
    if (!input) return false;
    // an optional answer can be taken back by its own key, which radios cannot do by themselves
    input.checked = !(input.checked && !this.question.required);
    input.focus();
    this.context.changed();
    return true;
  }

  value(): unknown {
    return this.rows.find(({ input }) => input.checked)?.input.value ?? null;
  }

  setValue(value: unknown): void {
    for (const { input } of this.rows) input.checked = input.value === value;
    if (this.filter) this.filter.value = "";
    this.applyFilter();
  }

  focus(options?: FocusOptions): void {
    (this.rows.find(({ input }) => input.checked) ?? this.rows[0])?.input.focus(options);
  }

  focusFilter(): void {
    (this.filter ?? this.rows[0]?.input)?.focus();
  }

  pickDigit(_digit: number, option: number): boolean {
    return this.choose(option);
  }

  pickLetter(letter: string): boolean {
    const index = this.labels.findIndex((label) => label.shortcut?.toLowerCase() === letter && isFreeLetter(letter));
    return index >= 0 && this.choose(index);
  }
}

export const choice: Kind = {
  name: "choice",
  missing: (question) => `Choose an answer for “${question.title}”`,
  build: (question, context) => new ChoiceControl(question, context),
};
