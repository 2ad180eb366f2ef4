/** What groups of options share: rows of native control, name and printed key, and the filter of a long list. */
import { h } from "../../core/dom";
import { isFreeLetter, optionHint } from "../keys";
import type { LabelOption, Question } from "../types";

/** More labels than this get a filter, since nobody reads them all. */
export const LONG_LIST = 12;

export interface OptionRow {
  row: HTMLElement;
  input: HTMLInputElement;
}

export interface OptionSpec {
  type: "radio" | "checkbox";
  id: string;
  name: string;
  value: string;
  title: string;
  hints: string[];
}

export function buildOption(spec: OptionSpec): OptionRow {
  const input = h("input", { type: spec.type, id: spec.id, name: spec.name, value: spec.value });
  const keys = spec.hints.map((hint) => h("kbd", { "aria-hidden": "true" }, hint));
  if (spec.hints.length) input.setAttribute("aria-keyshortcuts", spec.hints.join(" "));
  const name = h("bdi", { class: "option-title" }, spec.title);
  const row = h("label", { class: "option", for: spec.id }, input, name, h("span", { class: "option-keys" }, ...keys));
  return { row, input };
}

/** The group of one question. A native fieldset: radios in it are one tab stop and move with the arrows. */
export function buildGroup(kind: string, role: "radiogroup" | "group", ...children: HTMLElement[]): HTMLElement {
  return h("div", { class: `options options-${kind}`, role }, ...children);
}

export function labelsOf(question: Question): LabelOption[] {
  return Array.isArray(question.labels) ? question.labels : [];
}

export function hintsFor(label: LabelOption, index: number): string[] {
  const letter = label.shortcut && isFreeLetter(label.shortcut) ? [label.shortcut.toUpperCase()] : [];
  const digit = optionHint(index);
  return digit === null ? letter : [...letter, digit];
}

/** The place of the label that has this letter, or -1. */
export function indexOfLetter(labels: readonly LabelOption[], letter: string): number {
  return labels.findIndex((label) => label.shortcut?.toLowerCase() === letter && isFreeLetter(letter));
}

export interface LabelFilter {
  input: HTMLInputElement;
  /** Shows every label again. */
  clear(): void;
}

/** Typing narrows the rows; Enter picks the first that is left, the arrow goes to it. */
export function buildFilter(title: string, labels: readonly LabelOption[], rows: readonly { row: HTMLElement; input: HTMLElement }[], pick: (index: number) => unknown): LabelFilter {
  const input = h("input", { type: "search", class: "option-filter", autocomplete: "off", placeholder: "Filter labels", "aria-label": `Filter labels of ${title}` });
  const apply = (): void => {
    const typed = input.value.trim().toLocaleLowerCase();
    labels.forEach((label, index) => {
      const row = rows[index]?.row;
      if (row) row.hidden = !`${label.title} ${label.value}`.toLocaleLowerCase().includes(typed);
    });
  };
  input.addEventListener("input", apply);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const first = rows.findIndex(({ row }) => !row.hidden);
    if (first < 0) return;
    if (event.key === "Enter") pick(first);
    rows[first]?.input.focus();
  });
  return {
    input,
    clear: () => {
      input.value = "";
      apply();
    },
  };
}
