/** What a model suggests, beside each question: never an answer until the person takes it up. */
import { h } from "../core/dom";
import { comparedWords } from "./answer_words";
import { hintFor } from "./keys";
import { labelsOf } from "./kinds/options";
import { textOf } from "./kinds/spans/field_text";
import type { Plug } from "./plugs";
import type { QuestionForm } from "./question_form";
import type { Held } from "./queue";
import type { Answers, Question, Sides, Suggestion } from "./types";

export interface SuggestionParts {
  form: QuestionForm;
  /** The form was filled anew: drafts and undo must learn of it as of any change. */
  changed(): void;
  announce(words: string): void;
  /** Whether the project shows suggestions now; if not, their keys are left to labels. */
  expected: boolean;
}

const STORE = "concord:suggestion:";

/** What the person did with a suggestion on this item. Kept for a reload: names of questions, no item text. */
interface Done {
  adopted: string[];
  dismissed: string[];
}

function isSame(a: unknown, b: unknown): boolean {
  const key = (value: unknown): string =>
    Array.isArray(value) ? JSON.stringify(value.map((part) => JSON.stringify(sorted(part))).sort()) : JSON.stringify(sorted(value));
  return key(a) === key(b);
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function titleOf(question: Question, value: unknown): string {
  return labelsOf(question).find((label) => label.value === value)?.title || String(value);
}

/** A suggested answer in words, each part by itself. */
export function partsOf(question: Question, answer: unknown, fields: Record<string, unknown>, sides: Sides = {}): string[] {
  const compared = comparedWords(question, answer, sides);
  if (compared) return compared;
  if (!Array.isArray(answer)) return [titleOf(question, answer)];
  return answer.map((part: unknown) => {
    if (Array.isArray(part)) return part.map((value) => titleOf(question, value)).join(" = ");
    if (part === null || typeof part !== "object") return titleOf(question, part);
    const mark = part as { label?: unknown; start?: number; end?: number };
    const label = titleOf(question, mark.label);
    if (mark.start === undefined || mark.end === undefined) return label;
    const piece = Array.from(textOf(fields[question.field ?? ""])).slice(mark.start, mark.end).join("");
    return piece ? `${label}: “${piece}”` : `${label} (${mark.start}–${mark.end})`;
  });
}

/** What stands between the parts: a ranking reads as it does in cases. */
export function jointOf(question: Question): string {
  return question.kind === "ranking" ? " > " : ", ";
}

/** “Suggested by tagger v3, score .87”. */
export function sourceOf(suggestion: Suggestion): string {
  const score = suggestion.score === null ? "" : `, score ${suggestion.score.toFixed(2).replace(/^0/, "")}`;
  return `${suggestion.agent.name} v${suggestion.version}${score}`;
}

const ICON = "http://www.w3.org/2000/svg";

function icon(): SVGSVGElement {
  const svg = document.createElementNS(ICON, "svg");
  for (const [name, value] of [["viewBox", "0 0 16 16"], ["aria-hidden", "true"], ["focusable", "false"], ["class", "suggested-icon"]] as const) svg.setAttribute(name, value);
  const path = document.createElementNS(ICON, "path");
  path.setAttribute("d", "M8 1l1.6 4.4L14 7l-4.4 1.6L8 13 6.4 8.6 2 7l4.4-1.6zM13 11l.7 1.8 1.8.7-1.8.7L13 16l-.7-1.8-1.8-.7 1.8-.7z");
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/** The options of a question that the suggestion names, so that they can be marked where they stand. */
function markOptions(section: HTMLElement, answer: unknown, on: boolean): void {
  const named = new Set((Array.isArray(answer) ? answer : [answer]).filter((part) => typeof part !== "object").map(String));
  for (const option of section.querySelectorAll<HTMLElement>(".option")) {
    const marked = on && named.has(option.querySelector("input")?.value ?? option.dataset["value"] ?? "");
    option.classList.toggle("is-suggested", marked);
    option.querySelector(".option-suggested")?.remove();
    if (marked) option.querySelector(".option-title")?.after(h("span", { class: "option-suggested" }, "suggested"));
  }
}

export class SuggestionPanel implements Plug {
  private held: Held | null = null;
  private readonly boxes = new Map<string, { box: HTMLElement; take: HTMLButtonElement; away: HTMLButtonElement }>();

  constructor(private readonly parts: SuggestionParts) {
    if (parts.expected) parts.form.reserved.add("suggestion");
  }

  private get suggestion(): Suggestion | null {
    return this.held?.assignment.suggestion ?? null;
  }

  shown(held: Held, looking: boolean): void {
    this.clear();
    const suggestion = looking ? null : held.assignment.suggestion;
    if (!suggestion) return;
    this.held = held;
    for (const name of Object.keys(suggestion.answers)) this.build(name, suggestion);
    if (this.boxes.size === 0) return;
    this.parts.form.live.add("suggestion");
    this.refresh();
  }

  changed(): void {
    this.refresh();
  }

  beforeSubmit(held: Held, body: Record<string, unknown>): void {
    const { adopted } = this.done(held);
    const known = Object.keys(held.assignment.suggestion?.answers ?? {});
    const named = adopted.filter((name) => known.includes(name));
    if (named.length > 0) body["adopted"] = named;
    this.forget(held);
  }

  /** Takes up every suggested answer that was not put away; what is asked only after one of them comes with it. */
  takeAll(): void {
    if (!this.held || !this.suggestion) return;
    const { dismissed } = this.done(this.held);
    const wanted = Object.fromEntries(Object.entries(this.suggestion.answers).filter(([name]) => !dismissed.includes(name)));
    this.take(wanted);
  }

  /** Puts all of it away: nothing of it is shown any more on this item. */
  putAway(names: string[] = Object.keys(this.suggestion?.answers ?? {})): void {
    if (!this.held) return;
    const done = this.done(this.held);
    this.keep(this.held, { ...done, dismissed: [...new Set([...done.dismissed, ...names])] });
    this.refresh();
    this.parts.announce("Suggestion put away");
  }

  private take(answers: Answers): void {
    if (!this.held || Object.keys(answers).length === 0) return;
    const done = this.done(this.held);
    this.keep(this.held, { ...done, adopted: [...new Set([...done.adopted, ...Object.keys(answers)])] });
    this.parts.form.fill({ ...this.parts.form.answers(), ...answers });
    this.parts.changed();
    this.refresh();
    this.parts.announce("Suggestion taken up. Change it where it is wrong, then submit.");
  }

  private build(name: string, suggestion: Suggestion): void {
    const place = this.parts.form.place(name);
    if (!place) return;
    const answer = suggestion.answers[name];
    const fields = this.held?.assignment.item.fields ?? {};
    const words = partsOf(place.question, answer, fields, this.held?.assignment.sides ?? {});
    const shown = words.length ? words.flatMap((part, at) => [at > 0 ? jointOf(place.question) : null, h("bdi", {}, part)]) : ["nothing"];
    const take = h("button", { type: "button", class: "small", "aria-keyshortcuts": hintFor("take-up") }, "Take up");
    const away = h("button", { type: "button", class: "small quiet", "aria-keyshortcuts": hintFor("put-away") }, "Put away");
    take.setAttribute("aria-label", `Take up what was suggested for ${place.question.title}`);
    away.setAttribute("aria-label", `Put away what was suggested for ${place.question.title}`);
    // the button goes with the press, so the keys return to the question
    take.addEventListener("click", () => {
      this.take({ [name]: answer });
      this.parts.form.focusQuestion(name);
    });
    away.addEventListener("click", () => {
      this.putAway([name]);
      this.parts.form.focusQuestion(name);
    });
    const source = h("p", { class: "suggested-source" }, icon(), h("span", {}, "Suggested by ", h("bdi", {}, sourceOf(suggestion))));
    const what = h("p", { class: "suggested-answer" }, ...shown);
    const box = h("div", { class: "suggested", role: "group", "aria-label": "Suggestion" }, source, what, h("div", { class: "suggested-actions" }, take, away));
    place.section.insertBefore(box, place.control.element);
    this.boxes.set(name, { box, take, away });
  }

  private refresh(): void {
    const { held, suggestion } = this;
    if (!held || !suggestion) return;
    const { dismissed } = this.done(held);
    const now = this.parts.form.answers();
    const first = [...this.boxes.keys()].find((name) => !dismissed.includes(name));
    for (const [name, { box, take, away }] of this.boxes) {
      const gone = dismissed.includes(name);
      const taken = isSame(now[name] ?? null, suggestion.answers[name]);
      box.hidden = gone;
      take.disabled = taken;
      take.textContent = taken ? "Taken up" : "Take up";
      away.hidden = taken;
      // the keys act on all that is suggested, so they are printed once
      if (name === first && !taken) take.append(h("kbd", { "aria-hidden": "true" }, hintFor("take-up")));
      const key = away.querySelector("kbd");
      if (name !== first) key?.remove();
      else if (!key) away.append(h("kbd", { "aria-hidden": "true" }, hintFor("put-away")));
      const place = this.parts.form.place(name);
      if (place) {
        markOptions(place.section, suggestion.answers[name], !gone);
        place.control.suggest?.(gone || taken ? null : suggestion.answers[name]);
      }
    }
    if (first === undefined) this.parts.form.live.delete("suggestion");
  }

  private clear(): void {
    for (const [name, { box }] of this.boxes) {
      box.remove();
      const place = this.parts.form.place(name);
      if (place) {
        markOptions(place.section, null, false);
        place.control.suggest?.(null);
      }
    }
    this.boxes.clear();
    this.held = null;
    this.parts.form.live.delete("suggestion");
  }

  private done(held: Held): Done {
    const stored = sessionStorage.getItem(STORE + held.assignment.id);
    return stored === null ? { adopted: [], dismissed: [] } : (JSON.parse(stored) as Done);
  }

  private keep(held: Held, done: Done): void {
    sessionStorage.setItem(STORE + held.assignment.id, JSON.stringify(done));
  }

  private forget(held: Held): void {
    sessionStorage.removeItem(STORE + held.assignment.id);
  }
}
