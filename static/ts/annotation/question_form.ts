/** The questions of a label schema as one form: which are asked, which one the keys speak to, what is missing. */
import { h } from "../core/dom";
import { kindOf } from "./kinds";
import type { Control, ItemPane } from "./kinds/kind";
import { useScopes } from "./keys";
import type { ActionId, KeyScope } from "./keys";
import type { Answers, Question } from "./types";

export interface FormListener {
  changed(answers: Answers): void;
  focused(question: string, label: string | null): void;
  announce(words: string): void;
}

export interface Missing {
  question: string;
  words: string;
}

interface Row {
  question: Question;
  control: Control;
  element: HTMLElement;
  error: HTMLElement;
}

function isOpen({ control }: Row): boolean {
  return control.value() === null || (control.untouched?.() ?? false);
}

/** Kinds whose answer is complete with one pick. */
const ONE_PICK = new Set(["choice", "rating", "preference"]);

export class QuestionForm {
  private rows: Row[] = [];
  private lastChanged: string | null = null;
  private active: string | null = null;
  /** The question whose answer is being drawn on the item. */
  private drawnOn: string | null = null;
  /** Scopes of keys that other parts of the page may use: no label takes their letters. */
  readonly reserved = new Set<KeyScope>();
  /** Those of them that mean something now. */
  readonly live = new Set<KeyScope>();
  /** Kinds of the schema that this page cannot ask. */
  unsupported: string[] = [];
  /** What its questions lose without keys or a mouse. */
  onTouch: string[] = [];

  constructor(private readonly container: HTMLElement, private readonly listener: FormListener) {
    container.addEventListener("focusin", (event) => this.follow(event.target as Element));
  }

  /** Builds the form of a schema; answers come with `fill`. */
  build(questions: Question[]): void {
    this.rows = [];
    this.unsupported = [];
    this.onTouch = questions.map((question) => kindOf(question.kind)?.onTouch?.(question)).filter((words) => typeof words === "string");
    useScopes([...this.reserved, ...questions.flatMap((question) => kindOf(question.kind)?.scopes ?? [])]);
    for (const question of questions) {
      const row = this.buildRow(question, this.rows.length);
      if (row) this.rows.push(row);
      else this.unsupported.push(question.title || question.name);
    }
    this.container.replaceChildren(...this.rows.map((row) => row.element));
  }

  private buildRow(question: Question, index: number): Row | null {
    const kind = kindOf(question.kind);
    if (!kind) return null;
    const id = `q${index}`;
    const control = kind.build(question, {
      id,
      changed: () => this.onChange(question.name),
      focused: (label) => this.listener.focused(question.name, label),
      activated: () => this.turnTo(question.name),
      announce: (words) => this.listener.announce(words),
    });
    const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
    const title = h("h2", { class: "question-title", id: `${id}-title` }, h("bdi", {}, question.title || question.name));
    if (!question.required) title.append(" ", h("span", { class: "optional" }, "optional"));
    const group = control.element;
    group.setAttribute("aria-labelledby", `${id}-title`);
    group.setAttribute("aria-describedby", question.help ? `${id}-help ${id}-error` : `${id}-error`);
    // a plain group cannot be required, for ARIA; its title says when it is optional
    if (question.required && group.getAttribute("role") !== "group") group.setAttribute("aria-required", "true");
    const help = question.help ? h("p", { class: "hint", id: `${id}-help` }, question.help) : null;
    const element = h("section", { class: "question", "data-question": question.name }, title, help, error, group);
    return { question, control, element, error };
  }

  /** Another item is on the screen; its answers come with `fill`. */
  attach(pane: ItemPane): void {
    this.drawnOn = null;
    for (const row of this.rows) row.control.attach?.(pane);
  }

  fill(answers: Answers): void {
    this.lastChanged = null;
    for (const row of this.rows) {
      row.control.setValue(answers[row.question.name] ?? null);
      this.say(row, null);
    }
    this.showAsked();
  }

  /** In the order of the schema, hidden ones too. */
  get questions(): Question[] {
    return this.rows.map((row) => row.question);
  }

  /** The section of a question with what it asks, for what stands beside an answer. */
  place(name: string): { section: HTMLElement; question: Question; control: Control } | null {
    const row = this.row(name);
    return row ? { section: row.element, question: row.question, control: row.control } : null;
  }

  /** Answers to the questions that are asked now; what a hidden question once held is left out. */
  answers(): Answers {
    const found: Answers = {};
    for (const row of this.rows) {
      const value = row.control.value();
      if (!row.element.hidden && value !== null) found[row.question.name] = value;
    }
    return found;
  }

  /** Marks what is still to be answered, in the order of the form. */
  check(): Missing[] {
    const missing: Missing[] = [];
    for (const row of this.rows) {
      const words = row.element.hidden ? null : this.wrongWith(row);
      this.say(row, words);
      if (words !== null) missing.push({ question: row.question.name, words });
    }
    return missing;
  }

  private wrongWith({ control, question }: Row): string | null {
    const problem = control.problem?.() ?? null;
    if (problem !== null || question.required !== true || control.value() !== null) return problem;
    return kindOf(question.kind)?.missing(question) ?? "";
  }

  /** Shows what the server said about one question; false if no such question is here. */
  showError(question: string, words: string): boolean {
    const row = this.row(question);
    if (row) this.say(row, words);
    return row !== undefined;
  }

  focusFirstOpen(options?: FocusOptions): void {
    const asked = this.asked();
    (asked.find(isOpen) ?? asked[0])?.control.focus(options);
  }

  focusFirst(): void {
    this.asked()[0]?.control.focus();
  }

  focusQuestion(name: string): void {
    this.row(name)?.control.focus();
  }

  focusFilter(): void {
    this.current()?.control.focusFilter?.();
  }

  pickDigit(digit: number, option: number): boolean {
    return this.current()?.control.pickDigit(digit, option) ?? false;
  }

  pickLetter(letter: string): boolean {
    return this.current()?.control.pickLetter(letter) ?? false;
  }

  /** The scopes of keys that are live besides the general keys. */
  scopes(): KeyScope[] {
    return [...this.live, ...(this.current()?.control.scopes?.() ?? [])];
  }

  /** Offers an action to the question that has the keys; false leaves it to the page. */
  act(action: ActionId): boolean {
    return this.current()?.control.act?.(action) ?? false;
  }

  /** Every question that is asked has a good answer, and the last change was a pick of one of several. */
  get isPicked(): boolean {
    const last = this.lastChanged === null ? undefined : this.row(this.lastChanged);
    if (!last || !ONE_PICK.has(last.question.kind)) return false;
    return this.asked().every((row) => !isOpen(row) && (row.control.problem?.() ?? null) === null);
  }

  private onChange(name: string): void {
    this.lastChanged = name;
    const row = this.row(name);
    if (row) this.say(row, null);
    this.showAsked();
    this.listener.changed(this.answers());
  }

  private showAsked(): void {
    const given: Answers = {};
    for (const row of this.rows) {
      const when = row.question.when;
      row.element.hidden = when !== undefined && !when.in.includes(given[when.question]);
      row.control.setAsked?.(!row.element.hidden);
      if (!row.element.hidden) given[row.question.name] = row.control.value();
    }
    this.mark();
  }

  private asked(): Row[] {
    return this.rows.filter((row) => !row.element.hidden);
  }

  /** The question the keys speak to: the one with the focus, else the first without an answer. */
  private current(): Row | undefined {
    const asked = this.asked();
    const focus = document.activeElement;
    const focused = asked.find((row) => row.element.contains(focus) || (focus !== null && row.control.owns?.(focus)));
    return focused ?? asked.find((row) => row.question.name === this.drawnOn) ?? asked.find(isOpen) ?? asked[0];
  }

  private follow(target: Element): void {
    const name = target.closest<HTMLElement>("[data-question]")?.dataset["question"] ?? null;
    if (name === this.active && this.drawnOn === null) return;
    this.active = name;
    this.drawnOn = null;
    this.mark();
  }

  /** The person works on the item for this question: the keys are for it until another one gets the focus. */
  private turnTo(name: string): void {
    if (name === this.drawnOn) return;
    this.drawnOn = name;
    this.mark();
  }

  private mark(): void {
    const current = this.current();
    for (const row of this.rows) row.element.toggleAttribute("data-active", row === current);
  }

  private row(name: string): Row | undefined {
    return this.rows.find((candidate) => candidate.question.name === name);
  }

  private say(row: Row, words: string | null): void {
    row.error.hidden = words === null;
    row.error.textContent = words ?? "";
    if (words === null) row.control.element.removeAttribute("aria-invalid");
    else row.control.element.setAttribute("aria-invalid", "true");
    row.element.classList.toggle("has-error", words !== null);
  }
}
