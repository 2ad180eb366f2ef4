/** The four queues of a person in sight, with their counts, and the lists behind them. */
import { Offline, Problem } from "../core/api";
import { byId, h } from "../core/dom";
import { SKIP_REASONS } from "./dialogs";
import type { Past } from "./history";
import { textOf } from "./kinds/spans/field_text";
import type { PastItems } from "./past";
import { hold, isBegun } from "./queue";
import type { Held } from "./queue";
import type { Screen } from "./screen";
import { jointOf, partsOf } from "./suggestion";
import type { Annotation, Answers, Assignment, Field, Item, Question, Sides, Unclear } from "./types";

export type QueueName = "pending" | "drafts" | "submitted" | "skipped";

interface SubmittedRow {
  annotation: string;
  at: string;
  answers: Answers;
  note: string;
  flagged: boolean;
  unclear: Unclear | null;
  guideline_version: number;
  item: Item;
  sides: Sides | null;
}

interface DraftRow {
  assignment: string;
  fence: number;
  item: Item;
}

interface SkippedRow {
  external_id: string;
  reason: string;
  at: string;
}

interface Page<Row> {
  results: Row[];
  next: string | null;
}

const TITLES: Record<QueueName, string> = { pending: "Pending", drafts: "Drafts", submitted: "Submitted", skipped: "Skipped" };
const EXCERPT = 90;
const MOST_ANSWERS = 200;

/** The beginning of what there is to read of an item. */
export function excerptOf(item: Item, fields: Field[]): string {
  for (const { name, type } of fields) {
    const value = item.fields[name];
    if (type === "image" || value === null || value === undefined || value === "") continue;
    const text = ((type === "chat" && textOf(value)) || (typeof value === "string" ? value : JSON.stringify(value))).replace(/\s+/gu, " ").trim();
    const letters = [...text];
    return letters.length > EXCERPT ? `${letters.slice(0, EXCERPT).join("")}…` : text;
  }
  return "An item without text";
}

/** All answers in words, each after the title of its question, in the order in which the questions are asked. */
export function answersOf(row: Pick<SubmittedRow, "answers" | "item" | "sides">, questions: Question[]): string {
  const asked = questions.filter(({ name }) => name in row.answers);
  const words = asked.map((question) => `${question.title || question.name}: ${partsOf(question, row.answers[question.name], row.item.fields, row.sides ?? {}).join(jointOf(question))}`);
  // answers to questions that the version at hand does not ask
  const others = Object.entries(row.answers).filter(([name]) => !asked.some((question) => question.name === name));
  return [...words, ...others.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)].join(" · ");
}

function cut(words: string): string {
  const letters = [...words];
  return letters.length > MOST_ANSWERS ? `${letters.slice(0, MOST_ANSWERS).join("")}…` : words;
}

export function pastOf(row: SubmittedRow): Past {
  const assignment: Assignment = {
    id: "", fence: 0, round: "", expires_at: row.at, item: row.item, guideline_version: row.guideline_version, suggestion: null, draft: null, sides: row.sides,
  };
  const held: Held = { assignment, answers: row.answers, remarks: { note: row.note, flagged: row.flagged, unclear: row.unclear }, spent: 0 };
  return { held, key: "", annotation: row.annotation, etag: null, settled: Promise.resolve({ id: row.annotation } as Annotation) };
}

export class Queues {
  private readonly dialog = byId<HTMLDialogElement>("queue-dialog");
  private readonly list = byId("queue-list");
  private readonly base: string;

  constructor(private readonly screen: Screen, private readonly past: PastItems) {
    this.base = `/p/${screen.parts.boot.project.slug}/label/own`;
    for (const button of document.querySelectorAll<HTMLElement>("[data-queue]")) {
      button.addEventListener("click", () => void this.open(button.dataset["queue"] as QueueName));
    }
    byId("queue-close").addEventListener("click", () => this.dialog.close());
  }

  /** The last submits of earlier pages and other devices, oldest first. */
  async earlier(): Promise<Past[]> {
    const { data } = await this.screen.parts.api.get<Page<SubmittedRow>>(`${this.base}/submitted/`);
    return data.results.map(pastOf).reverse();
  }

  private get inHand(): Held[] {
    const { current, parts } = this.screen;
    return [...(current ? [current] : []), ...parts.queue.all];
  }

  /** Counts in sight; drafts are those in hand that were begun. */
  show(): void {
    const { progress } = this.screen.parts.boot;
    const begun = this.inHand.filter(isBegun).length;
    const left = progress.left === null ? "1000+" : String(Math.max(0, progress.left - begun));
    const counts: Record<QueueName, string> = { pending: left, drafts: String(begun), submitted: String(progress.done), skipped: String(progress.skipped) };
    for (const [name, count] of Object.entries(counts)) byId(`count-${name}`).textContent = count;
    this.screen.parts.view.showProgress(progress.done, progress.left);
  }

  async open(which: QueueName): Promise<void> {
    byId("queue-title").textContent = TITLES[which];
    this.list.replaceChildren();
    this.say("");
    if (!this.dialog.open) this.dialog.showModal();
    if (which === "pending") return this.listPending();
    this.say("Getting them");
    await this.load(which, `${this.base}/${which}/`);
  }

  private say(words: string): void {
    byId("queue-said").textContent = words;
  }

  private async load(which: Exclude<QueueName, "pending">, address: string): Promise<void> {
    try {
      const { data } = await this.screen.parts.api.get<Page<unknown>>(address);
      this.say("");
      this.list.append(...data.results.map((row) => this.row(which, row)));
      if (!this.list.children.length) this.say(this.nothing(which));
      if (data.next) this.list.append(this.more(which, data.next));
    } catch (error) {
      if (!(error instanceof Problem) && !(error instanceof Offline)) throw error;
      this.say(error instanceof Offline ? "There is no connection, so the list cannot be fetched." : error.message);
    }
  }

  private nothing(which: QueueName): string {
    const words = { pending: "Nothing is waiting in this window.", drafts: "Nothing is begun and not submitted.", submitted: "Nothing of yours is submitted yet.", skipped: "You have skipped nothing." };
    return words[which];
  }

  private row(which: Exclude<QueueName, "pending">, row: unknown): HTMLElement {
    if (which === "submitted") return this.submittedRow(row as SubmittedRow);
    if (which === "drafts") return this.draftRow(row as DraftRow);
    return this.skippedRow(row as SkippedRow);
  }

  private listPending(): void {
    const waiting = this.inHand.filter((held) => !isBegun(held));
    const { left } = this.screen.parts.boot.progress;
    const beyond = left === null ? null : Math.max(0, left - this.inHand.length);
    this.list.append(...waiting.map((held) => this.button(held.assignment.item, "", () => this.bring(held))));
    if (beyond === null) this.say("More than 1000 others wait in the project.");
    else if (beyond > 0) this.say(`${beyond} more wait in the project.`);
    else if (!waiting.length) this.say(this.nothing("pending"));
  }

  private async bring(held: Held): Promise<void> {
    if (this.screen.current === held) return;
    const found = this.screen.parts.queue.takeOne(held.assignment.id);
    if (found) await this.screen.open(found);
  }

  private button(item: Item, about: string, run: () => Promise<void>): HTMLElement {
    const button = h("button", { type: "button", class: "queue-entry quiet" }, h("span", { dir: "auto" }, excerptOf(item, this.screen.parts.boot.fields)), about ? h("span", { class: "sub" }, about) : null);
    button.addEventListener("click", () => {
      this.dialog.close();
      void this.past.mayLeave().then((may) => (may ? run() : undefined));
    });
    return h("li", {}, button);
  }

  private submittedRow(row: SubmittedRow): HTMLElement {
    const { guidelines, view } = this.screen.parts;
    const pinned = guidelines.peek(row.guideline_version)?.label_schema.questions;
    const answers = answersOf(row, pinned ?? view.form.questions);
    const flag = row.flagged ? " · flagged" : "";
    return this.button(row.item, `${when(row.at)} · ${cut(answers)}${flag} · guideline v${row.guideline_version}`, () => this.past.look(this.screen.parts.history.byAnnotation(row.annotation) ?? pastOf(row)));
  }

  private draftRow(row: DraftRow): HTMLElement {
    return this.button(row.item, "", () => this.resume(row));
  }

  /** Takes a draft up again, from memory or from the server. */
  private async resume(row: DraftRow): Promise<void> {
    const { queue, api, view, drafts } = this.screen.parts;
    if (this.screen.current?.assignment.item.id === row.item.id) return;
    const held = queue.takeItem(row.item.id);
    if (held) return this.screen.open(held);
    try {
      const { data } = await api.post<Assignment>(`${this.screen.base}/assignments/${row.assignment}/renew`, { fence: row.fence });
      const again = hold(data);
      drafts.restore(again);
      await this.screen.open(again);
    } catch (error) {
      if (!(error instanceof Problem) && !(error instanceof Offline)) throw error;
      view.notice("draft", "warn", `The draft could not be opened. ${error instanceof Offline ? "There is no connection." : error.message}`);
    }
  }

  private skippedRow(row: SkippedRow): HTMLElement {
    const words = SKIP_REASONS.find((reason) => reason.code === row.reason)?.words ?? row.reason;
    return h("li", { class: "queue-entry" }, h("bdi", {}, row.external_id), h("span", { class: "sub" }, `${when(row.at)} · ${words || "without a reason"}`));
  }

  private more(which: Exclude<QueueName, "pending">, address: string): HTMLElement {
    const button = h("button", { type: "button" }, "Show earlier ones");
    const item = h("li", {}, button);
    button.addEventListener("click", () => {
      item.remove();
      void this.load(which, address);
    });
    return item;
  }
}

function when(at: string): string {
  return new Date(at).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
