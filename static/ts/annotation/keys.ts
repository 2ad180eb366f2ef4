/**
 * The one registry of keys: handlers, the hints printed on controls and the sheet all read it.
 * Letters are matched by what they type, the digit row by where it lies, so AZERTY works.
 */

export type ActionId =
  | "submit" | "submit-from-text" | "draft" | "undo" | "previous" | "next" | "skip" | "flag" | "unclear"
  | "note" | "guideline" | "definition" | "filter" | "keep" | "sheet" | "back";

export interface Action {
  id: ActionId;
  /** Alternatives, the first one is printed: "S", "Ctrl+Enter", "?". */
  keys: string[];
  title: string;
  /** Heard inside text fields too. */
  inText?: boolean;
}

export const ACTIONS: readonly Action[] = [
  { id: "submit", keys: ["Enter"], title: "Submit and show the next item" },
  { id: "submit-from-text", keys: ["Ctrl+Enter"], title: "Submit from inside a text field", inText: true },
  { id: "draft", keys: ["Ctrl+S"], title: "Save the draft now", inText: true },
  { id: "undo", keys: ["Z", "Ctrl+Z"], title: "Take the last submit back" },
  { id: "previous", keys: ["K"], title: "Earlier item of my history" },
  { id: "next", keys: ["J"], title: "Later item of my history" },
  { id: "skip", keys: ["S"], title: "Skip, with a reason" },
  { id: "flag", keys: ["F"], title: "Flag the item for later" },
  { id: "unclear", keys: ["U"], title: "Guideline unclear" },
  { id: "note", keys: ["N"], title: "Write a note" },
  { id: "guideline", keys: ["G"], title: "Show or hide the guideline" },
  { id: "definition", keys: ["D"], title: "Definition of the focused label" },
  { id: "filter", keys: ["L"], title: "Filter a long list of labels" },
  { id: "keep", keys: ["E"], title: "Keep the item when its time runs out" },
  { id: "sheet", keys: ["?"], title: "Show these keys" },
  { id: "back", keys: ["Escape"], title: "Back out one level", inText: true },
];

export interface Pressed {
  action?: ActionId;
  /** Position of an option, counted from 0: digits 1…9 0, with Shift 11…20. */
  option?: number;
  digit?: number;
  letter?: string;
}

const TEXT_INPUTS = new Set(["text", "search", "email", "url", "tel", "password", "number", "date", "time"]);

export function isTextTarget(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Enter and Space belong to a control that is pressed by them. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a[href], summary, [role=button]") !== null;
}

function matches(spec: string, event: KeyboardEvent): boolean {
  const parts = spec.split("+");
  const wanted = parts.pop() ?? "";
  const command = event.ctrlKey || event.metaKey;
  if (command !== parts.includes("Ctrl") || event.altKey) return false;
  if (event.key.toLowerCase() !== wanted.toLowerCase()) return false;
  return wanted.length === 1 && /\W/.test(wanted) ? true : !event.shiftKey;
}

function digitRow(event: KeyboardEvent): number | null {
  const found = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  return found ? Number(found[1]) : null;
}

function isSingle(spec: string): boolean {
  return spec.length === 1;
}

export interface KeySettings {
  /** Off: only keys with a modifier, Enter and Escape are heard (WCAG 2.1.4). */
  singleKeys: boolean;
}

/** What a key press means here, or null where it must stay silent. */
export function readKey(event: KeyboardEvent, settings: KeySettings = { singleKeys: true }): Pressed | null {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || event.repeat) return null;
  const inText = isTextTarget(event.target);
  for (const action of ACTIONS) {
    if (inText && !action.inText) continue;
    if (!action.keys.some((spec) => (settings.singleKeys || !isSingle(spec)) && matches(spec, event))) continue;
    if (action.id === "submit" && isPressable(event.target)) return null;
    return { action: action.id };
  }
  if (inText || !settings.singleKeys || event.altKey || event.ctrlKey || event.metaKey) return null;
  const digit = digitRow(event);
  if (digit !== null) return { digit, option: (digit === 0 ? 9 : digit - 1) + (event.shiftKey ? 10 : 0) };
  return event.key.length === 1 ? { letter: event.key.toLowerCase() } : null;
}

/** The key to print on the control of an action. */
export function hintFor(id: ActionId): string {
  const key = ACTIONS.find((action) => action.id === id)?.keys[0] ?? "";
  return key === "Escape" ? "Esc" : key;
}

/** The key to print on the option at a position, or null beyond the twentieth. */
export function optionHint(index: number): string | null {
  if (index >= 20) return null;
  const digit = String((index + 1) % 10);
  return index < 10 ? digit : `Shift+${digit}`;
}

/** A label may have a letter of its own, unless an action already has it. */
export function isFreeLetter(letter: string): boolean {
  return /^\p{L}$/u.test(letter) && !ACTIONS.some((action) => action.keys.some((key) => key.toLowerCase() === letter.toLowerCase()));
}
