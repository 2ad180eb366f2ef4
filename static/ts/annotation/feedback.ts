/** Practice: after each answer, what was right and why, before the next item. */
import { h, trustedHtml } from "../core/dom";
import { renderItem } from "./item_view";
import type { Plug } from "./plugs";
import type { Held } from "./queue";
import { jointOf, partsOf } from "./suggestion";
import type { Annotation, Clause, Feedback, Field, Guideline, Practice, Question } from "./types";

export interface FeedbackParts {
  /** Shows something between two items. */
  interlude(...content: Node[]): void;
  /** Where it says above the questions that an item is practice. */
  before: HTMLElement;
  /** The guideline of a version, if it is in memory. */
  known(version: number): Guideline | undefined;
  announce(words: string): void;
  /** The fields of the project's items. */
  fields: Field[];
  /** The project's page, where a practice round that was not passed can be begun anew. */
  back: string;
}

const percent = (share: number): string => `${Math.round(share * 100)}\u00a0%`;

/** How the round stands, in words. */
export function practiceWords(practice: Practice): string {
  if (practice.passed === null) return `Practice item ${practice.done} of ${practice.of}. You need ${percent(practice.pass_mark)} right to begin.`;
  const score = practice.score === null ? "No answer could be judged." : `${percent(practice.score)} of your answers were right; ${percent(practice.pass_mark)} were asked for.`;
  return practice.passed ? `${score} You have passed: real items come next.` : `${score} Read the guideline once more, then try again with other items.`;
}

function answerWords(question: Question | undefined, answer: unknown, held: Held): string {
  if (answer === null || answer === undefined) return "no answer";
  if (!question) return typeof answer === "string" ? answer : JSON.stringify(answer);
  return partsOf(question, answer, held.assignment.item.fields, held.assignment.sides ?? {}).join(jointOf(question)) || "nothing";
}

function clauseNode(clause: Clause): HTMLElement {
  return h("div", { class: "feedback-clause" }, h("h4", {}, clause.title || clause.key), h("div", { class: "prose" }, trustedHtml(clause.definition_html)));
}

function rowNode(row: Feedback, guideline: Guideline | undefined, held: Held): HTMLElement {
  const question = guideline?.label_schema.questions.find((one) => one.name === row.question);
  const clauses = (guideline?.clauses ?? []).filter((clause) => row.clauses.includes(clause.key));
  const answers = h("dl", { class: "facts" }, h("dt", {}, "Your answer"), h("dd", {}, h("bdi", {}, answerWords(question, row.given, held))));
  if (!row.correct) answers.append(h("dt", {}, "Known answer"), h("dd", {}, h("bdi", {}, answerWords(question, row.expected, held))));
  return h(
    "section",
    { class: `feedback-row ${row.correct ? "right" : "wrong"}` },
    h("h3", {}, question?.title ?? row.question, " ", h("span", { class: `badge ${row.correct ? "ok" : "bad"}` }, row.correct ? "right" : "wrong")),
    answers,
    row.explanation_html && h("div", { class: "prose" }, trustedHtml(row.explanation_html)),
    ...clauses.map(clauseNode),
  );
}

/** The item once more, without the texts that are compared: their names may say where they come from. */
function itemNode(held: Held, guideline: Guideline | undefined, fields: Field[]): HTMLElement {
  const compared = new Set(guideline?.label_schema.questions.flatMap((question) => question.fields ?? []));
  const shown = renderItem(held.assignment.item, fields.filter(({ name }) => !compared.has(name)));
  return h("div", { class: "feedback-item", role: "region", "aria-label": "The item", tabindex: "0" }, ...shown);
}

function panel(stored: Annotation, practice: Practice, parts: FeedbackParts, held: Held): { nodes: Node[]; next: HTMLElement } {
  const rows = stored.feedback ?? [];
  const right = rows.filter((row) => row.correct).length;
  const heading = rows.length === 1 ? (right ? "Right" : "Not quite") : `${right} of ${rows.length} right`;
  const key = h("kbd", { "aria-hidden": "true" }, "Enter");
  const next =
    practice.passed === false
      ? h("a", { class: "button primary", href: parts.back }, "Read and try again", key)
      : h("button", { type: "button", class: "primary" }, practice.passed === null ? "Next item" : "Go on", key);
  const guideline = parts.known(stored.guideline_version);
  const buttons = h("div", { class: "button-row" }, next);
  const nodes = [h("h2", {}, rows.length ? heading : "Kept"), itemNode(held, guideline, parts.fields), ...rows.map((row) => rowNode(row, guideline, held)), h("p", { class: "muted" }, practiceWords(practice)), buttons];
  parts.announce(`${heading}. ${practiceWords(practice)}`);
  return { nodes: [h("div", { class: "feedback" }, ...nodes)], next };
}

/** Resolves once the person goes on, by the button or by Enter. */
function whenRead(panelNode: HTMLElement, next: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    if (next instanceof HTMLButtonElement) next.addEventListener("click", () => resolve());
    panelNode.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.stopPropagation(); // on the page Enter submits
      if (event.target instanceof HTMLAnchorElement) return;
      event.preventDefault();
      next.click();
    });
  });
}

async function show(held: Held, fate: Promise<Annotation | null>, parts: FeedbackParts): Promise<void> {
  parts.interlude(h("h2", {}, "Looking at your answer"), h("p", {}, "In practice every answer is checked. Without a connection this waits until it is back."));
  const stored = await fate;
  if (!stored?.practice) return;
  const { nodes, next } = panel(stored, stored.practice, parts, held);
  parts.interlude(...nodes);
  next.focus();
  await whenRead(nodes[0] as HTMLElement, next);
}

export function practiceFeedback(parts: FeedbackParts): Plug {
  const mark = h("p", { class: "practice-mark", hidden: true }, h("span", { class: "badge info" }, "practice"), " Your answer is explained right after.");
  parts.before.prepend(mark);
  return {
    shown: (held, looking) => {
      mark.hidden = looking || !held.assignment.practice;
    },
    afterSubmit: (held, fate) => (held.assignment.practice ? show(held, fate, parts) : undefined),
  };
}
