/** What the server refused: kept, listed with the reason, compared with what is stored, and left to the person. */
import { Offline, Problem } from "../core/api";
import type { Answer } from "../core/api";
import { byId, h } from "../core/dom";
import { same } from "../core/equal";
import { EXTRAS } from "./answer_words";
import { newKey } from "./outbox";
import type { OutboxEntry } from "./outbox";
import { hold } from "./queue";
import type { Held } from "./queue";
import type { Screen } from "./screen";
import { jointOf, partsOf } from "./suggestion";
import type { Annotation, Answers, Assignment, Question, Remarks } from "./types";

interface Stored {
  annotation: Annotation;
  etag: string | null;
}

/** Answers under the titles of their questions, in the schema's order. Which of compared texts was meant is not said: their sides are not kept. */
export function readable(answers: Answers, questions: readonly Question[]): HTMLElement {
  const known = questions.filter(({ name }) => name in answers);
  const words = (question: Question): string => {
    const answer = answers[question.name];
    if (answer === null || answer === undefined) return "no answer";
    if (question.fields) return EXTRAS[String(answer)]?.title ?? "An answer about the compared texts";
    return partsOf(question, answer, {}).join(jointOf(question)) || "none";
  };
  const rows = known.flatMap((question) => [h("dt", {}, question.title), h("dd", {}, h("bdi", {}, words(question)))]);
  return h("dl", { class: "facts" }, ...(rows.length ? rows : [h("dd", {}, "no answer")]));
}

function answersOf(entry: OutboxEntry): Answers {
  return (entry.body["answers"] as Answers | undefined) ?? {};
}

function withoutNulls(answers: Answers): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== null));
}

function remarksOf(body: Record<string, unknown>): Remarks {
  return { note: (body["note"] as string | undefined) ?? "", flagged: body["flagged"] === true, unclear: (body["unclear"] as Remarks["unclear"]) ?? null };
}

function ordinary(error: unknown): string {
  if (error instanceof Offline) return "There is no connection.";
  if (error instanceof Problem) return error.message;
  throw error;
}

export class Unsaved {
  private readonly dialog = byId<HTMLDialogElement>("unsaved-dialog");

  constructor(private readonly screen: Screen) {}

  /** The server refused an entry for good. It stays in the outbox until the person has decided. */
  async refused(entry: OutboxEntry, problem: Problem): Promise<void> {
    const { history, outbox } = this.screen.parts;
    const past = history.refused(entry.key);
    if (entry.kind === "annotation") this.screen.count(-1);
    if (problem.status === 422 && past) {
      await this.correct(past.held, problem);
      return void outbox().drop(entry);
    }
    if (await this.isStoredAlready(entry)) {
      await outbox().drop(entry);
      if (entry.kind === "annotation") this.screen.count(1);
      return;
    }
    this.tell();
  }

  /** The same answer is there already, for example since its key was forgotten: nothing is missing. */
  private async isStoredAlready(entry: OutboxEntry): Promise<boolean> {
    try {
      const stored = await this.stored(entry);
      return stored !== null && same(stored.annotation.answers, answersOf(entry));
    } catch (error) {
      ordinary(error);
      return false; // it is compared when the person looks at it
    }
  }

  /** Says how much is not saved, and keeps saying it until it is. */
  tell(): void {
    const { view, outbox } = this.screen.parts;
    const { failures } = outbox();
    const [first] = failures;
    if (!first) return view.clearNotice("unsaved");
    const words =
      failures.length === 1
        ? `An answer was not saved: ${first.refused?.detail ?? ""} It is kept in this browser.`
        : `${failures.length} answers were not saved. They are kept in this browser.`;
    view.notice("unsaved", "bad", words, [
      { label: "Show", run: () => void this.open() },
      { label: "Send again", run: () => void outbox().retry() },
    ]);
  }

  async open(): Promise<void> {
    const list = byId("unsaved-list");
    list.replaceChildren(...(await Promise.all(this.screen.parts.outbox().failures.map((entry) => this.row(entry)))));
    if (!list.children.length) return this.dialog.close();
    if (!this.dialog.open) this.dialog.showModal();
  }

  private async row(entry: OutboxEntry): Promise<HTMLElement> {
    const at = new Date(entry.order).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const what = entry.kind === "skip" ? "A skip" : entry.kind === "edit" ? "A change" : "An answer";
    const stored = await this.stored(entry).catch((error: unknown) => (ordinary(error), null));
    const { questions } = this.screen.parts.boot.guideline.label_schema;
    const mine = h("section", {}, h("h4", {}, "Mine, not saved"), readable(answersOf(entry), questions));
    const theirs = stored && h("section", {}, h("h4", {}, "Stored now"), readable(stored.annotation.answers, questions));
    const shown = entry.kind === "skip" ? null : h("div", { class: "split" }, mine, theirs);
    const buttons = h("div", { class: "button-row" }, ...this.buttons(entry, stored));
    return h("li", { class: "unsaved" }, h("h3", {}, `${what} of ${at}`), h("p", {}, entry.refused?.detail ?? ""), shown, buttons);
  }

  private buttons(entry: OutboxEntry, stored: Stored | null): HTMLElement[] {
    const button = (label: string, run: () => Promise<unknown>, kind = ""): HTMLElement => {
      const element = h("button", { type: "button", class: kind }, label);
      element.addEventListener("click", () => void run().then(() => this.settled()));
      return element;
    };
    const { outbox } = this.screen.parts;
    const drop = () => outbox().drop(entry);
    if (stored) return [button("Save mine", () => this.saveMine(entry, stored)), button("Keep what is stored", drop, "primary")];
    const discard = button("Discard it", drop, "danger");
    const again = button("Send again", () => outbox().retry(entry));
    if (entry.refused?.status === 422 && entry.kind === "annotation") return [button("Open and correct it", () => this.reopen(entry), "primary"), discard];
    return [again, discard];
  }

  private async settled(): Promise<void> {
    this.tell();
    if (this.dialog.open) await this.open();
  }

  /** The answer that stands where this one was to go. */
  private async stored(entry: OutboxEntry): Promise<Stored | null> {
    const changed = entry.kind === "edit" && entry.refused?.status === 412 ? entry.path : undefined;
    let path = entry.refused?.stored ?? changed;
    if (path === undefined) return null;
    for (;;) {
      const { data, etag }: Answer<Annotation> = await this.screen.parts.api.get<Annotation>(path);
      if (data.superseded_by === null) return { annotation: data, etag };
      path = `${this.screen.base}/annotations/${data.superseded_by}`;
    }
  }

  private async saveMine(entry: OutboxEntry, { annotation, etag }: Stored): Promise<void> {
    const mine = withoutNulls(answersOf(entry));
    const gone = Object.keys(annotation.answers).filter((name) => !(name in mine));
    const answers = { ...mine, ...Object.fromEntries(gone.map((name) => [name, null])) };
    const path = `${this.screen.base}/annotations/${annotation.id}`;
    const { outbox } = this.screen.parts;
    await outbox().add({ key: newKey(), kind: "edit", path, body: { answers }, assignment: "", item: entry.item, etag: etag ?? "*" });
    await outbox().drop(entry);
  }

  /** Takes the item up again with the answer that was refused. */
  private async reopen(entry: OutboxEntry): Promise<void> {
    const { api, view, outbox, drafts } = this.screen.parts;
    try {
      const { data } = await api.post<Assignment>(`${this.screen.base}/assignments/${entry.assignment}/renew`, { fence: entry.body["fence"] });
      const held: Held = { ...hold(data), answers: { ...answersOf(entry) }, remarks: remarksOf(entry.body), spent: Number(entry.body["lead_time_ms"] ?? 0) };
      this.dialog.close();
      await this.screen.open(held);
      drafts.note(held);
      await outbox().drop(entry);
    } catch (error) {
      view.notice("unsaved", "bad", `The item could not be opened. ${ordinary(error)}`);
    }
  }

  /** Paints the item again with what is wrong at its questions. */
  private async correct(held: Held, problem: Problem): Promise<void> {
    const { view, drafts } = this.screen.parts;
    view.clearNotice("past");
    await this.screen.open(held);
    drafts.note(held);
    const lines = problem.errors.map((error) => {
      const question = /^#?\/answers\/([^/]+)/.exec(error.pointer)?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~") ?? null;
      const known = question !== null && view.form.showError(question, error.detail);
      return { question: known ? question : null, words: error.detail };
    });
    view.showProblems(lines.length ? lines : [{ question: null, words: problem.message }]);
  }
}
