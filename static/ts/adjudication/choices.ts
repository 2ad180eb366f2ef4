/** What a key means while a case is decided. Pure, so that it can be tested without a page. */

export type Choice =
  | { act: "adopt"; index: number }
  | { act: "option"; key: string }
  | { act: "cause"; value: string }
  | { act: "none" | "keep" | "own" | "rationale" | "clauses" | "gap" | "escalate" | "precedents" | "back" };

const LETTERS: Record<string, "keep" | "own" | "rationale" | "clauses" | "gap" | "escalate" | "precedents"> = {
  x: "keep", o: "own", r: "rationale", c: "clauses", y: "gap", e: "escalate", p: "precedents",
};

/** Why annotators differed, by the letters that the form shows. */
const CAUSES: Readonly<Record<string, string>> = { s: "slip", g: "guideline_gap", a: "ambiguous", d: "disagreement", b: "bad_item" };

const TEXT_INPUTS = new Set(["text", "search", "email", "url", "tel", "password", "number", "date", "time"]);

function takesText(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return TEXT_INPUTS.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** `own` is true after O: the next digit names a label instead of an annotator. */
export function readChoice(event: KeyboardEvent, own: boolean): Choice | null {
  if (event.isComposing || event.defaultPrevented || event.repeat) return null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null;
  if (event.key === "Escape") return { act: "back" };
  if (takesText(event.target)) return null;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
  if (digit !== undefined) {
    if (own) return { act: "option", key: digit };
    return digit === "0" ? { act: "none" } : { act: "adopt", index: Number(digit) - 1 };
  }
  const letter = event.key.toLowerCase();
  const cause = CAUSES[letter];
  if (cause !== undefined) return { act: "cause", value: cause };
  const act = LETTERS[letter];
  return act ? { act } : null;
}
