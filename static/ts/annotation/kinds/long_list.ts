/** More labels than anybody reads: a listbox, narrowed by typing. One tab stop; arrows go, Space picks. */
import { h } from "../../core/dom";
import type { LabelOption } from "../types";
import { buildFilter, hintsFor, optionParts } from "./options";
import type { LabelFilter, OptionRow, OptionState } from "./options";

export interface LongListSpec {
  id: string;
  title: string;
  labels: readonly LabelOption[];
  multiple: boolean;
  describedBy?: string;
  /** Picks the label, or takes it back. */
  pick(index: number): unknown;
  focused(label: string): void;
}

class ListOption implements OptionState {
  constructor(private readonly row: HTMLElement, readonly value: string) {}

  get checked(): boolean {
    return this.row.getAttribute("aria-selected") === "true";
  }

  set checked(checked: boolean) {
    this.row.setAttribute("aria-selected", String(checked));
  }

  focus(options?: FocusOptions): void {
    this.row.focus(options);
  }
}

export class LongList {
  readonly rows: OptionRow[];
  readonly filter: LabelFilter;
  /** The filter, what it found, and the list. */
  readonly parts: HTMLElement[];

  constructor(private readonly spec: LongListSpec) {
    this.rows = spec.labels.map((label, index) => this.buildRow(label, index));
    this.filter = buildFilter(spec.title, spec.labels, this.rows, (index) => spec.pick(index));
    const list = h("div", {
      class: "option-list", id: `${spec.id}-list`, role: "listbox", "aria-multiselectable": spec.multiple ? "true" : null,
      "aria-labelledby": `${spec.id}-title`, "aria-describedby": spec.describedBy,
    }, ...this.rows.map(({ row }) => row));
    this.filter.input.setAttribute("aria-controls", list.id);
    list.addEventListener("keydown", (event) => this.onKey(event));
    this.parts = [this.filter.input, this.filter.status, list];
    this.rove(this.rows[0]?.row);
  }

  private buildRow(label: LabelOption, index: number): OptionRow {
    const { depth, parts } = optionParts(label, this.spec.labels, hintsFor(label, index));
    const row = h("div", { class: `option${depth}`, role: "option", id: `${this.spec.id}-${index}`, "data-value": label.value, "aria-selected": "false", tabindex: -1 }, ...parts);
    row.addEventListener("click", () => this.spec.pick(index));
    row.addEventListener("focus", () => {
      this.rove(row);
      this.spec.focused(label.value);
    });
    return { row, input: new ListOption(row, label.value) };
  }

  private rove(to: HTMLElement | undefined): void {
    for (const { row } of this.rows) row.tabIndex = row === to ? 0 : -1;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const shown = this.rows.filter(({ row }) => !row.hidden);
    const at = shown.findIndex(({ row }) => row === document.activeElement);
    if (at < 0) return;
    if (event.key === " ") {
      event.preventDefault();
      this.spec.pick(this.rows.indexOf(shown[at] as OptionRow));
      return;
    }
    const goal: number | undefined = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (goal === undefined) return;
    event.preventDefault();
    shown[Math.max(0, Math.min(shown.length - 1, goal))]?.row.focus();
  }
}
