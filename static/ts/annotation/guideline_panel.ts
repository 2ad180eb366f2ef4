/** The guideline beside the form; it follows the label in focus. */
import { h, trustedHtml } from "../core/dom";
import { clauseFor } from "./guidelines";
import type { Clause, Guideline } from "./types";

function part(title: string, html: string, tone = ""): HTMLElement | null {
  if (!html.trim()) return null;
  return h("div", { class: `clause-part ${tone}`.trim() }, h("h4", {}, title), h("div", { class: "prose" }, trustedHtml(html)));
}

function answerWords(answer: unknown): string {
  return typeof answer === "string" ? answer : JSON.stringify(answer);
}

function examples(clause: Clause): HTMLElement | null {
  if (!clause.examples.length) return null;
  const rows = clause.examples.map((example) =>
    h(
      "li",
      {},
      h("div", { class: "example-text", dir: "auto" }, example.text),
      h("p", { class: "example-answer" }, h("bdi", {}, answerWords(example.answer)), example.why ? ` – ${example.why}` : ""),
    ),
  );
  return h("div", { class: "clause-part" }, h("h4", {}, rows.length > 1 ? "Examples" : "Example"), h("ul", { class: "examples" }, ...rows));
}

function section(clause: Clause): HTMLElement {
  const definition = h("div", { class: "prose" }, trustedHtml(clause.definition_html));
  return h(
    "section",
    { class: "clause", id: `clause-${clause.key}`, "data-clause": clause.key, tabindex: -1 },
    h("h3", {}, h("bdi", {}, clause.title || clause.key), " ", h("span", { class: "clause-key mono" }, clause.key)),
    definition,
    part("Use when", clause.use_when_html, "use"),
    part("Avoid when", clause.avoid_when_html, "avoid"),
    examples(clause),
  );
}

export class GuidelinePanel {
  private guideline: Guideline | null = null;
  private current: Clause | null = null;

  constructor(private readonly body: HTMLElement, private readonly title: HTMLElement) {}

  /** The clause in focus, which a report of an unclear guideline is about. */
  get clause(): Clause | null {
    return this.current;
  }

  get clauses(): Clause[] {
    return this.guideline?.clauses ?? [];
  }

  show(guideline: Guideline): void {
    if (guideline.number === this.guideline?.number) return;
    this.guideline = guideline;
    this.current = null;
    this.title.textContent = `Guideline v${guideline.number}`;
    const empty = h("p", { class: "muted" }, "This version has no clauses yet. Say so with “Unclear”.");
    this.body.replaceChildren(...(guideline.clauses.length ? guideline.clauses.map(section) : [empty]));
  }

  follow(question: string, label: string | null): void {
    if (!this.guideline) return;
    const clause = clauseFor(this.guideline, question, label);
    if (!clause || clause === this.current) return;
    this.current = clause;
    for (const element of this.body.querySelectorAll<HTMLElement>("[data-clause]")) {
      const here = element.dataset["clause"] === clause.key;
      element.toggleAttribute("data-current", here);
      // only the panel moves: the page itself must stay where the person is
      if (here) this.body.scrollTop = element.offsetTop - this.body.offsetTop;
    }
  }

  focusClause(): void {
    const key = this.current?.key ?? this.guideline?.clauses[0]?.key;
    if (key !== undefined) document.getElementById(`clause-${key}`)?.focus();
  }
}
