/**
 * The one registry of keys: handlers, the hints printed on controls and the sheet all read it. The table itself is
 * accounts/keys.json, since the page of preferences and the check of a person's own keys need it on the server.
 * Letters are matched by what they type, the digit row by where it lies, so AZERTY works.
 */
import table from "../../../accounts/keys.json";

export type ActionId =
  | "submit" | "submit-from-text" | "draft" | "undo" | "previous" | "next" | "skip" | "flag" | "unclear"
  | "note" | "guideline" | "definition" | "filter" | "keep" | "sheet" | "back" | "redo"
  | "take-up" | "put-away"
  | "next-mark" | "previous-mark" | "delete-mark"
  | "rank-up" | "rank-down" | "rank-tie" | "rank-out"
  | "new-box" | "zoom-in" | "zoom-out" | "zoom-fit" | BoxMove
  | "caret-mode" | "snap" | "edge-start" | "edge-end"
  | "left" | "right" | "up" | "down" | "sentence-left" | "sentence-right" | "line-start" | "line-end"
  | "extend-left" | "extend-right" | "grapheme-left" | "grapheme-right";

/** Moving and resizing a box by a pixel, or by ten. */
export type BoxMove = `box-${"left" | "right" | "up" | "down" | "narrower" | "wider" | "lower" | "taller"}${"" | "-far"}`;

/** Where a key means something: on every item, or only while such a question or place has the keys. */
export type KeyScope = "marks" | "spans" | "caret" | "boxes" | "box" | "ranking" | "suggestion";

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

export const ACTIONS: readonly Action[] = table as Action[];

/** The table with a person's own keys in it: the first key of an action may be another one. */
let actions: readonly Action[] = ACTIONS;

/** Whether keys without Ctrl or Alt are heard; where they are not they are not printed either. */
let singles = true;

export type OwnKeys = Readonly<Record<string, string>>;

export function useKeys(own: OwnKeys, singleKeys = true): void {
  singles = singleKeys;
  actions = ACTIONS.map((action) => {
    const key = own[action.id];
    return key === undefined ? action : { ...action, keys: [key, ...action.keys.slice(1)] };
  });
}

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

/** Enter belongs to a control that is pressed by it; a label is picked by its key or Space, as a radio is. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button:not(.option), a[href], summary, [role=button]") !== null;
}

function matches(spec: string, event: KeyboardEvent): boolean {
  const wanted = spec.length === 1 ? spec : spec.slice(spec.lastIndexOf("+", spec.length - 2) + 1);
  const parts = spec.slice(0, spec.length - wanted.length).split("+");
  // what AltGr types is a plain character, though it is told as Ctrl and Alt
  const typed = event.getModifierState("AltGraph");
  const command = (event.ctrlKey && !typed) || event.metaKey;
  const alt = event.altKey && !typed;
  if (command !== parts.includes("Ctrl") || alt !== parts.includes("Alt")) return false;
  // with Alt some systems type another character, so there the place of the key counts too
  if (event.key.toLowerCase() !== wanted.toLowerCase() && !(alt && event.code === (CODES[wanted] ?? `Key${wanted.toUpperCase()}`))) return false;
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
  for (const action of actions) {
    if ((inText && !action.inText) || (event.repeat && !action.repeat)) continue;
    if (action.scope !== undefined && !scopes.includes(action.scope)) continue;
    const heard = (spec: string) => (settings.singleKeys && !inText) || !isSingle(spec);
    if (!action.keys.some((spec) => heard(spec) && matches(spec, event))) continue;
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
  const keys = actions.find((action) => action.id === id)?.keys ?? [];
  return printed(keys.find((key) => singles || !isSingle(key)) ?? "");
}

const NAMES: Readonly<Record<string, string>> = { Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

/** A key as it is written on a control. */
export function printed(spec: string): string {
  return spec.replace(/(Escape|Arrow\w+)$/, (name) => NAMES[name] ?? name);
}

/** The key to print on the option at a position, or null beyond the twentieth. */
export function optionHint(index: number): string | null {
  if (index >= 20 || !singles) return null;
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
  return actions.filter((action) => action.scope === undefined || scopesInUse.includes(action.scope));
}

/** A label may have a letter of its own, unless an action already has it. */
export function isFreeLetter(letter: string): boolean {
  return singles && /^\p{L}$/u.test(letter) && !actionsInUse().some((action) => action.keys.some((key) => key.toLowerCase() === letter.toLowerCase()));
}
