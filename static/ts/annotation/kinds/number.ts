/** A number, typed: its limits as a hint, and words when what was typed is none. */
import { h } from "../../core/dom";
import type { Question } from "../types";
import type { Control, Kind, KindContext } from "./kind";
import { buildGroup } from "./options";

const NUMBER = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?$/i;

/** The number a text stands for, a comma read as the decimal point; NaN for anything else. */
export function readNumber(text: string): number {
  const typed = text.trim().replace(/^\u2212/, "-");
  return NUMBER.test(typed) ? Number(typed.replace(",", ".")) : NaN;
}

export function limitsInWords({ min, max }: Question): string {
  if (min !== undefined && max !== undefined) return `a number from ${min} to ${max}`;
  if (min !== undefined) return `a number of at least ${min}`;
  return max === undefined ? "a number" : `a number of at most ${max}`;
}

class NumberControl implements Control {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;

  constructor(private readonly question: Question, private readonly context: KindContext) {
    const hint = `${context.id}-limits`;
    this.input = h("input", {
      type: "text", inputmode: "decimal", class: "number-input", id: `${context.id}-0`, autocomplete: "off",
      "aria-labelledby": `${context.id}-title`, "aria-describedby": `${hint} ${context.id}-error`,
    });
    this.input.addEventListener("input", () => context.changed());
    this.input.addEventListener("focus", () => context.focused(null));
    const words = limitsInWords(question);
    this.element = buildGroup("number", "group", this.input, h("p", { class: "hint", id: hint }, `${words.charAt(0).toUpperCase()}${words.slice(1)}. `, h("kbd", {}, "Ctrl+Enter"), " submits."));
  }

  private get fits(): boolean {
    const number = readNumber(this.input.value);
    return number >= (this.question.min ?? -Infinity) && number <= (this.question.max ?? Infinity);
  }

  value(): unknown {
    return this.fits ? readNumber(this.input.value) : null;
  }

  setValue(value: unknown): void {
    this.input.value = typeof value === "number" ? String(value) : "";
  }

  problem(): string | null {
    if (this.input.value.trim() === "" || this.fits) return null;
    return `“${this.input.value.trim()}” is not ${limitsInWords(this.question)}. Change the answer to “${this.question.title}”`;
  }

  focus(options?: FocusOptions): void {
    this.input.focus(options);
    this.input.select();
  }

  /** A digit that is pressed outside begins the number. */
  pickDigit(digit: number): boolean {
    this.input.focus();
    this.input.value = String(digit);
    this.context.changed();
    return true;
  }

  pickLetter(): boolean {
    return false;
  }
}

export const number: Kind = {
  name: "number",
  missing: (question) => `Enter ${limitsInWords(question)} for “${question.title}”`,
  build: (question, context) => new NumberControl(question, context),
};
