/** What the question form expects of a kind of question. */
import type { Question } from "../types";

export interface KindContext {
  /** Unique in the page: ids of the controls begin with it. */
  id: string;
  /** The person changed the answer. */
  changed(): void;
  /** A label came into focus, so the guideline follows it; null for the question as a whole. */
  focused(label: string | null): void;
}

export interface Control {
  element: HTMLElement;
  /** The answer, or null while there is none. */
  value(): unknown;
  setValue(value: unknown): void;
  /** What is wrong with what was given, as an instruction, or null. */
  problem?(): string | null;
  focus(options?: FocusOptions): void;
  /** Picks or toggles by digit or position; true if the key meant something here. */
  pickDigit(digit: number, option: number): boolean;
  pickLetter(letter: string): boolean;
  focusFilter?(): void;
}

export interface Kind {
  name: string;
  /** The instruction when a required question has no answer. */
  missing(question: Question): string;
  build(question: Question, context: KindContext): Control;
}
