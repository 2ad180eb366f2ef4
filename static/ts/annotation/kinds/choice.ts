/** One label of several: a radio group, or a listbox with a filter when there are many. */
import type { LabelOption, Question } from "../types";
import type { Control, Kind, KindContext } from "./kind";
import { LongList } from "./long_list";
import { LONG_LIST, buildGroup, buildOption, hintsFor, indexOfLetter, labelsOf, pathOf } from "./options";
import type { LabelFilter, OptionRow } from "./options";

class ChoiceControl implements Control {
  readonly element: HTMLElement;
  private readonly labels: LabelOption[];
  private readonly rows: OptionRow[];
  private readonly filter: LabelFilter | null = null;

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.labels = labelsOf(question);
    if (this.labels.length > LONG_LIST) {
      const { id } = context;
      const list = new LongList({ id, title: question.title, labels: this.labels, multiple: false, pick: (index) => this.choose(index), focused: (label) => context.focused(label) });
      this.rows = list.rows;
      this.filter = list.filter;
      this.element = buildGroup("choice", "group", ...list.parts);
    } else {
      this.rows = this.labels.map((label, index) => this.buildRow(label, index));
      this.element = buildGroup("choice", "radiogroup", ...this.rows.map(({ row }) => row));
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
      path: pathOf(this.labels, label),
    });
    option.input.addEventListener("change", () => this.context.changed());
    option.input.addEventListener("focus", () => this.context.focused(label.value));
    return option;
  }

  private choose(index: number): boolean {
    const input = this.rows[index]?.input;
    if (!input) return false;
    // an optional answer can be taken back by its own key, which radios cannot do by themselves
    const checked = !(input.checked && !this.question.required);
    for (const row of this.rows) row.input.checked = false;
    input.checked = checked;
    input.focus();
    this.context.changed();
    return true;
  }

  value(): unknown {
    return this.rows.find(({ input }) => input.checked)?.input.value ?? null;
  }

  setValue(value: unknown): void {
    for (const { input } of this.rows) input.checked = input.value === value;
    this.filter?.clear();
  }

  focus(options?: FocusOptions): void {
    (this.rows.find(({ input }) => input.checked) ?? this.rows[0])?.input.focus(options);
  }

  focusFilter(): void {
    (this.filter?.input ?? this.rows[0]?.input)?.focus();
    this.filter?.input.select();
  }

  pickDigit(_digit: number, option: number): boolean {
    return this.choose(option);
  }

  pickLetter(letter: string): boolean {
    return this.choose(indexOfLetter(this.labels, letter));
  }
}

export const choice: Kind = {
  name: "choice",
  missing: (question) => `Choose an answer for “${question.title}”`,
  build: (question, context) => new ChoiceControl(question, context),
};
