/** One row of a group of options: native control, name, printed key. */
import { h } from "../../core/dom";

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
