/** What groups of options share: rows of native control, name and printed key, and the filter of a long list. */
import { h } from "../../core/dom";
import { hintFor, isFreeLetter, optionHint } from "../keys";
import type { LabelOption, Question } from "../types";

const DEEPEST = 4;

/** More labels than this get a filter, since nobody reads them all. */
export const LONG_LIST = 12;

/** Whether an option is chosen: a native control, or what stands for one in a long list. */
export interface OptionState {
  checked: boolean;
  readonly value: string;
  focus(options?: FocusOptions): void;
}

export interface OptionRow<State extends OptionState = OptionState> {
  row: HTMLElement;
  input: State;
}

export interface OptionSpec {
  type: "radio" | "checkbox";
  id: string;
  name: string;
  value: string;
  title: string;
  hints: string[];
  /** The titles of the labels above it, from the top. */
  path?: string[];
}

export function buildOption(spec: OptionSpec): OptionRow<HTMLInputElement> {
  const input = h("input", { type: spec.type, id: spec.id, name: spec.name, value: spec.value });
  if (spec.hints.length) input.setAttribute("aria-keyshortcuts", spec.hints.join(" "));
  const { depth, parts } = describe(spec.title, spec.path ?? [], spec.hints);
  return { row: h("label", { class: `option${depth}`, for: spec.id }, input, ...parts), input };
}

/** What an option shows: its name, for screen readers what it belongs under, and its keys. */
function describe(title: string, path: readonly string[], hints: readonly string[]): { depth: string; parts: HTMLElement[] } {
  const above = path.length ? h("span", { class: "visually-hidden" }, ", in ", h("bdi", {}, path.join(", "))) : null;
  const keys = hints.map((hint) => h("kbd", { "aria-hidden": "true" }, hint));
  const depth = path.length ? ` depth-${Math.min(path.length, DEEPEST)}` : "";
  return { depth, parts: [h("span", { class: "option-title" }, h("bdi", {}, title), above), h("span", { class: "option-keys" }, ...keys)] };
}

export function optionParts(label: LabelOption, labels: readonly LabelOption[], hints: readonly string[]): { depth: string; parts: HTMLElement[] } {
  return describe(label.title || label.value, pathOf(labels, label), hints);
}

/** The group of one question. A native fieldset: radios in it are one tab stop and move with the arrows. */
export function buildGroup(kind: string, role: "radiogroup" | "group", ...children: HTMLElement[]): HTMLElement {
  return h("div", { class: `options options-${kind}`, role }, ...children);
}

/** The labels in the order in which they are shown: each directly below the one it belongs under. */
export function labelsOf(question: Question): LabelOption[] {
  const labels = Array.isArray(question.labels) ? question.labels : [];
  if (!labels.some((label) => label.parent)) return labels;
  const values = new Set(labels.map((label) => label.value));
  const under = new Map<string | null, LabelOption[]>();
  for (const label of labels) {
    const parent = label.parent !== undefined && values.has(label.parent) ? label.parent : null;
    under.set(parent, [...(under.get(parent) ?? []), label]);
  }
  const below = (parent: string | null): LabelOption[] => (under.get(parent) ?? []).flatMap((label) => [label, ...below(label.value)]);
  const found = below(null);
  // labels that lead back to themselves hang nowhere; they are not lost
  return [...found, ...labels.filter((label) => !found.includes(label))];
}

/** The titles of the labels above one, from the top. */
export function pathOf(labels: readonly LabelOption[], label: LabelOption): string[] {
  const path: string[] = [];
  const seen = new Set<string>([label.value]);
  for (let above = label.parent; above !== undefined && !seen.has(above); ) {
    const parent = labels.find((candidate) => candidate.value === above);
    if (!parent) break;
    seen.add(above);
    path.unshift(parent.title || parent.value);
    above = parent.parent;
  }
  return path;
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
  /** How many labels are left, for whoever does not see them. */
  status: HTMLElement;
  /** Shows every label again. */
  clear(): void;
}

/** What may be typed to find a label: its names and those above it, accents and case apart. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** Places of the labels that match, those that begin with what was typed first. */
export function matching(labels: readonly LabelOption[], typed: string): number[] {
  const wanted = plain(typed.trim());
  const names = labels.map((label) => plain([label.title, label.value, ...pathOf(labels, label)].join(" ")));
  const found = names.flatMap((name, index) => (name.includes(wanted) ? [index] : []));
  return [...found.filter((index) => names[index]?.startsWith(wanted)), ...found.filter((index) => !names[index]?.startsWith(wanted))];
}

/** Typing narrows the rows; Enter picks the best that is left, the arrow goes to it, Escape shows all again. */
export function buildFilter(
  title: string, labels: readonly LabelOption[], rows: readonly { row: HTMLElement; input: { focus(): void } }[], pick: (index: number) => unknown,
): LabelFilter {
  const key = hintFor("filter");
  const input = h("input", {
    type: "search", class: "option-filter", autocomplete: "off", placeholder: `Filter labels, ${key}`,
    "aria-label": `Filter labels of ${title}`, "aria-keyshortcuts": key,
  });
  const status = h("p", { class: "hint option-count", role: "status" });
  let found: number[] = [];
  const apply = (): void => {
    found = matching(labels, input.value);
    rows.forEach(({ row }, index) => {
      row.hidden = !found.includes(index);
      row.toggleAttribute("data-best", input.value.trim() !== "" && index === found[0]);
    });
    const best = labels[found[0] ?? -1];
    status.textContent = input.value.trim() === "" ? "" : best ? `${found.length} of ${labels.length} labels. Enter picks “${best.title || best.value}”` : "No label matches";
  };
  const clear = (): void => {
    input.value = "";
    apply();
  };
  input.addEventListener("input", apply);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && input.value !== "") {
      event.preventDefault();
      return clear();
    }
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const first = event.key === "Enter" ? found[0] : rows.findIndex(({ row }) => !row.hidden);
    if (first === undefined || first < 0) return;
    if (event.key === "Enter") pick(first);
    rows[first]?.input.focus();
  });
  apply();
  return { input, status, clear };
}
