/** Free text: while it is typed every key but those with Ctrl belongs to the text. */
import { h } from "../../core/dom";
import { toCodePoints } from "../../core/codepoints";
import type { Question } from "../types";
import type { Control, Kind, KindContext } from "./kind";
import { buildGroup } from "./options";

/** As the server counts: code points, so that an emoji is one character. */
function lengthOf(text: string): number {
  return toCodePoints(text, text.length);
}

class TextControl implements Control {
  readonly element: HTMLElement;
  private readonly input: HTMLTextAreaElement;

  constructor(private readonly question: Question, context: KindContext) {
    const hint = `${context.id}-limits`;
    this.input = h("textarea", {
      id: `${context.id}-0`, rows: 4, dir: "auto",
      "aria-labelledby": `${context.id}-title`, "aria-describedby": `${hint} ${context.id}-error`,
    });
    this.input.addEventListener("input", () => context.changed());
    this.input.addEventListener("focus", () => context.focused(null));
    const longest = question.max_length === undefined ? "" : `At most ${question.max_length} characters. `;
    this.element = buildGroup("text", "group", this.input, h("p", { class: "hint", id: hint }, longest, h("kbd", {}, "Ctrl+Enter"), " submits, ", h("kbd", {}, "Esc"), " leaves the text."));
  }

  value(): unknown {
    return this.input.value.trim() === "" ? null : this.input.value;
  }

  setValue(value: unknown): void {
    this.input.value = typeof value === "string" ? value : "";
  }

  problem(): string | null {
    const { max_length: longest, title } = this.question;
    const length = lengthOf(this.input.value);
    if (longest === undefined || length <= longest) return null;
    return `The answer to “${title}” has ${length} characters and may have ${longest}. Shorten it`;
  }

  focus(options?: FocusOptions): void {
    this.input.focus(options);
  }

  pickDigit(): boolean {
    return false;
  }

  pickLetter(): boolean {
    return false;
  }
}

export const text: Kind = {
  name: "text",
  missing: (question) => `Write an answer to “${question.title}”`,
  build: (question, context) => new TextControl(question, context),
};
