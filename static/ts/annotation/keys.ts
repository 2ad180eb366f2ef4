/**
 * The one registry of keys: handlers, the hints printed on controls and the sheet all read it.
 * Letters are matched by what they type, the digit row by where it lies, so AZERTY works.
 */

export type ActionId =
  | "submit" | "submit-from-text" | "draft" | "undo" | "previous" | "next" | "skip" | "flag" | "unclear"
  | "note" | "guideline" | "definition" | "filter" | "keep" | "sheet" | "back" | "redo"
  | "next-mark" | "previous-mark" | "delete-mark"
  | "caret-mode" | "snap" | "edge-start" | "edge-end"
  | "left" | "right" | "up" | "down" | "sentence-left" | "sentence-right" | "line-start" | "line-end"
  | "extend-left" | "extend-right" | "grapheme-left" | "grapheme-right";

/** Where a key means something: on every item, or only while such a question or place has the keys. */
export type KeyScope = "marks" | "spans" | "caret" | "boxes";

export interface Action {
  id: ActionId;
  /** Alternatives, the first one is printed: "S", "Ctrl+Enter", "?". */
  keys: string[];
  title: string;
  /** Heard inside text fields too. */
  inText?: boolean;
  /** Means something only while this scope is live; without one it always does. */
  scope?: KeyScope;
  /** May be held down. */
  repeat?: boolean;
}

export const ACTIONS: readonly Action[] = [
  { id: "submit", keys: ["Enter"], title: "Submit and show the next item" },
  { id: "submit-from-text", keys: ["Ctrl+Enter"], title: "Submit from inside a text field", inText: true },
  { id: "draft", keys: ["Ctrl+S"], title: "Save the draft now", inText: true },
  { id: "undo", keys: ["Z", "Ctrl+Z"], title: "Take the last submit back" },
  { id: "redo", keys: ["Ctrl+Shift+Z"], title: "Do again what was undone" },
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
  { id: "next-mark", keys: ["Alt+."], title: "Next span or box", scope: "marks", repeat: true },
  { id: "previous-mark", keys: ["Alt+,"], title: "Previous span or box", scope: "marks", repeat: true },
  { id: "delete-mark", keys: ["Delete"], title: "Delete the selected span or box", scope: "marks" },
  { id: "caret-mode", keys: ["T"], title: "Move a caret in the text; Esc leaves it", scope: "spans" },
  { id: "snap", keys: ["Q"], title: "Select by word, character or sentence", scope: "spans" },
  { id: "edge-start", keys: ["["], title: "Move the start of the selected span with ← →", scope: "spans" },
  { id: "edge-end", keys: ["]"], title: "Move the end of the selected span with ← →", scope: "spans" },
  { id: "left", keys: ["ArrowLeft"], title: "Caret one word to the left", scope: "caret", repeat: true },
  { id: "right", keys: ["ArrowRight"], title: "Caret one word to the right", scope: "caret", repeat: true },
  { id: "up", keys: ["ArrowUp"], title: "Caret one line up", scope: "caret", repeat: true },
  { id: "down", keys: ["ArrowDown"], title: "Caret one line down", scope: "caret", repeat: true },
  { id: "sentence-left", keys: ["Ctrl+ArrowLeft"], title: "Caret one sentence to the left", scope: "caret", repeat: true },
  { id: "sentence-right", keys: ["Ctrl+ArrowRight"], title: "Caret one sentence to the right", scope: "caret", repeat: true },
  { id: "line-start", keys: ["Home"], title: "Caret to the start of the line", scope: "caret" },
  { id: "line-end", keys: ["End"], title: "Caret to the end of the line", scope: "caret" },
  { id: "extend-left", keys: ["Shift+ArrowLeft"], title: "Extend the selection to the left", scope: "caret", repeat: true },
  { id: "extend-right", keys: ["Shift+ArrowRight"], title: "Extend the selection to the right", scope: "caret", repeat: true },
  { id: "grapheme-left", keys: ["Alt+Shift+ArrowLeft"], title: "Extend by one character to the left", scope: "caret", repeat: true },
  { id: "grapheme-right", keys: ["Alt+Shift+ArrowRight"], title: "Extend by one character to the right", scope: "caret", repeat: true },
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
  // what AltGr types is a plain character, though it is told as Ctrl and Alt
  const typed = event.getModifierState("AltGraph");
  const command = (event.ctrlKey && !typed) || event.metaKey;
  const alt = event.altKey && !typed;
  if (command !== parts.includes("Ctrl") || alt !== parts.includes("Alt")) return false;
  // with Alt some systems type another character, so there the place of the key counts too
  if (event.key.toLowerCase() !== wanted.toLowerCase() && !(alt && event.code === CODES[wanted])) return false;
  return wanted.length === 1 && /\W/.test(wanted) ? true : event.shiftKey === parts.includes("Shift");
}

const CODES: Readonly<Record<string, string>> = { ".": "Period", ",": "Comma" };

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
export function readKey(event: KeyboardEvent, settings: KeySettings = { singleKeys: true }, scopes: readonly KeyScope[] = []): Pressed | null {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return null;
  const inText = isTextTarget(event.target);
  for (const action of ACTIONS) {
    if ((inText && !action.inText) || (event.repeat && !action.repeat)) continue;
    if (action.scope !== undefined && !scopes.includes(action.scope)) continue;
    if (!action.keys.some((spec) => (settings.singleKeys || !isSingle(spec)) && matches(spec, event))) continue;
    if (action.id === "submit" && isPressable(event.target)) return null;
    return { action: action.id };
  }
  if (inText || event.repeat || !settings.singleKeys || event.altKey || event.ctrlKey || event.metaKey) return null;
  const digit = digitRow(event);
  if (digit !== null) return { digit, option: (digit === 0 ? 9 : digit - 1) + (event.shiftKey ? 10 : 0) };
  return event.key.length === 1 ? { letter: event.key.toLowerCase() } : null;
}

/** The key to print on the control of an action. */
export function hintFor(id: ActionId): string {
  return printed(ACTIONS.find((action) => action.id === id)?.keys[0] ?? "");
}

const NAMES: Readonly<Record<string, string>> = { Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

/** A key as it is written on a control. */
export function printed(spec: string): string {
  return spec.replace(/(Escape|Arrow\w+)$/, (name) => NAMES[name] ?? name);
}

/** The key to print on the option at a position, or null beyond the twentieth. */
export function optionHint(index: number): string | null {
  if (index >= 20) return null;
  const digit = String((index + 1) % 10);
  return index < 10 ? digit : `Shift+${digit}`;
}

/** The scopes that the questions of the form may use: their letters are not given to labels. */
let scopesInUse: readonly KeyScope[] = [];

export function useScopes(scopes: readonly KeyScope[]): void {
  scopesInUse = scopes;
}

/** The actions that can mean something on this page. */
export function actionsInUse(): Action[] {
  return ACTIONS.filter((action) => action.scope === undefined || scopesInUse.includes(action.scope));
}

/** A label may have a letter of its own, unless an action already has it. */
export function isFreeLetter(letter: string): boolean {
  return /^\p{L}$/u.test(letter) && !actionsInUse().some((action) => action.keys.some((key) => key.toLowerCase() === letter.toLowerCase()));
}
