/** Several labels: a group of check boxes, or a listbox with a filter when there are many; digits toggle them, the limits stand in words. */
import { h } from "../../core/dom";
import type { LabelOption, Question } from "../types";
import type { Control, Kind, KindContext } from "./kind";
import { LongList } from "./long_list";
import { LONG_LIST, buildGroup, buildOption, hintsFor, indexOfLetter, labelsOf, pathOf } from "./options";
import type { LabelFilter, OptionRow } from "./options";

export function limitsInWords(question: Question): string {
  const most = labelsOf(question).length;
  const low = question.min ?? 0;
  const high = question.max ?? most;
  if (low === high) return `Choose ${low}`;
  if (high >= most) return low > 0 ? `Choose at least ${low}` : "Choose all that apply";
  return low > 0 ? `Choose ${low} to ${high}` : `Choose at most ${high}`;
}

class MultichoiceControl implements Control {
  readonly element: HTMLElement;
  private readonly labels: LabelOption[];
  private readonly rows: OptionRow[];
  private readonly exclusive: ReadonlySet<string>;
  private readonly filter: LabelFilter | null = null;

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.labels = labelsOf(question);
    this.exclusive = new Set(question.exclusive ?? []);
    const hint = h("p", { class: "hint", id: `${context.id}-limits` }, limitsInWords(question));
    if (this.labels.length > LONG_LIST) {
      const { id } = context;
      const list = new LongList({
        id, title: question.title, labels: this.labels, multiple: true, describedBy: hint.id,
        pick: (index) => this.toggle(index), focused: (label) => context.focused(label),
      });
      this.rows = list.rows;
      this.filter = list.filter;
      this.element = buildGroup("multichoice", "group", hint, ...list.parts);
    } else {
      this.rows = this.labels.map((label, index) => this.buildRow(label, index));
      this.element = buildGroup("multichoice", "group", hint, ...this.rows.map(({ row }) => row));
    }
  }

  private buildRow(label: LabelOption, index: number): OptionRow {
    const option = buildOption({
      type: "checkbox",
      id: `${this.context.id}-${index}`,
      name: this.context.id,
      value: label.value,
      title: label.title || label.value,
      hints: hintsFor(label, index),
      path: pathOf(this.labels, label),
    });
    option.input.setAttribute("aria-describedby", `${this.context.id}-limits`);
    option.input.addEventListener("change", () => this.settle(index));
    option.input.addEventListener("focus", () => this.context.focused(label.value));
    return option;
  }

  /** What stands alone clears the rest, and is cleared by anything else. */
  private settle(index: number): void {
    const changed = this.rows[index]?.input;
    if (changed?.checked) {
      const alone = this.exclusive.has(changed.value);
      for (const { input } of this.rows) {
        if (input !== changed && (alone || this.exclusive.has(input.value))) input.checked = false;
      }
    }
    this.context.changed();
  }

  private toggle(index: number): boolean {
    const input = this.rows[index]?.input;
    if (!input) return false;
    input.checked = !input.checked;
    input.focus();
    this.settle(index);
    return true;
  }

  private get chosen(): string[] {
    return this.rows.filter(({ input }) => input.checked).map(({ input }) => input.value);
  }

  /** Choosing nothing is an answer only where the schema says that none will do. */
  value(): unknown {
    return this.chosen.length > 0 || this.question.min === 0 ? this.chosen : null;
  }

  setValue(value: unknown): void {
    const given: unknown[] = Array.isArray(value) ? value : [];
    for (const { input } of this.rows) input.checked = given.includes(input.value);
    this.filter?.clear();
  }

  problem(): string | null {
    const { chosen, question } = this;
    if (chosen.length === 0 || chosen.some((value) => this.exclusive.has(value))) return null;
    if (chosen.length >= (question.min ?? 0) && chosen.length <= (question.max ?? this.labels.length)) return null;
    return `${limitsInWords(question)} for “${question.title}”; ${chosen.length} ${chosen.length === 1 ? "is" : "are"} chosen`;
  }

  focus(options?: FocusOptions): void {
    (this.rows.find(({ input }) => input.checked) ?? this.rows[0])?.input.focus(options);
  }

  focusFilter(): void {
    (this.filter?.input ?? this.rows[0]?.input)?.focus();
    this.filter?.input.select();
  }

  pickDigit(_digit: number, option: number): boolean {
    return this.toggle(option);
  }

  pickLetter(letter: string): boolean {
    return this.toggle(indexOfLetter(this.labels, letter));
  }
}

export const multichoice: Kind = {
  name: "multichoice",
  missing: (question) => {
    const words = limitsInWords(question);
    return `${words === "Choose all that apply" || words.startsWith("Choose at most") ? "Choose at least one answer" : words} for “${question.title}”`;
  },
  build: (question, context) => new MultichoiceControl(question, context),
};
