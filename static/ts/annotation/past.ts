/** Going back: taking a submit back, and looking at or changing earlier answers. */
import { Offline, Problem } from "../core/api";
import { byId, h } from "../core/dom";
import type { Past } from "./history";
import { newKey } from "./outbox";
import type { Held } from "./queue";
import type { Screen } from "./screen";
import type { Annotation, Answers } from "./types";

function known(error: unknown): Problem | Offline {
  if (error instanceof Problem || error instanceof Offline) return error;
  throw error;
}

function words(error: Problem | Offline): string {
  return error instanceof Offline ? "There is no connection." : error.message;
}

export class PastItems {
  constructor(private readonly screen: Screen) {}

  get isLooking(): boolean {
    return this.screen.looking !== null;
  }

  /** Paints the last submitted item again at once; the server is told meanwhile. */
  async undo(): Promise<void> {
    const { history, view, outbox } = this.screen.parts;
    if (this.screen.binding) return;
    this.leave();
    const past = history.last();
    if (!past) return view.notice("undo", "info", "There is nothing to take back on this page.");
    // never sent: the assignment is still ours
    const unsent = past.annotation === null && (await outbox().cancel(past.key));
    if (!unsent && past.annotation === null && outbox().state.offline) {
      return view.notice("undo", "warn", "The last answer may have reached the server. It can be taken back when the connection is there again.");
    }
    this.screen.putAside();
    history.remove(past.key);
    this.screen.count(-1);
    view.clearNotice("undo");
    view.announce("The last submit is taken back");
    if (!unsent) this.screen.binding = this.takeBack(past).finally(() => (this.screen.binding = null));
    const binding = this.screen.binding;
    await this.screen.show(past.held);
    if (binding && !(await binding)) await this.giveUp(past);
  }

  /** True once the item is ours to answer again. */
  private async takeBack(past: Past): Promise<boolean> {
    const { api, queue, view } = this.screen.parts;
    if (past.annotation === null && (await past.settled) === "refused") return false;
    try {
      await api.post(`${this.screen.base}/annotations/${past.annotation}/withdraw`, {}, { key: newKey() });
      await queue.refillAnew(1);
    } catch (error) {
      view.notice("undo", "bad", `The answer could not be taken back. ${words(known(error))}`);
      return false;
    }
    const again = queue.takeItem(past.held.assignment.item.id);
    if (!again) {
      view.notice("undo", "warn", "The answer is taken back, but the item was not given to you again.");
      return false;
    }
    past.held.assignment = again.assignment;
    return true;
  }

  private async giveUp(past: Past): Promise<void> {
    if (this.screen.current !== past.held) return;
    this.screen.current = null;
    await this.screen.advance();
  }

  /** One step through the history; it does not wrap. */
  async step(direction: -1 | 1): Promise<void> {
    const { history } = this.screen.parts;
    if (this.screen.binding) return;
    const { looking } = this.screen;
    if (looking === null) {
      if (direction === 1 || history.length === 0) return;
      this.screen.putAside();
      return this.look(history.length - 1);
    }
    const place = looking + direction;
    if (place < 0) return;
    if (place >= history.length) return this.back();
    return this.look(place);
  }

  private async look(place: number): Promise<void> {
    const { history, view } = this.screen.parts;
    const past = history.at(place);
    if (!past) return;
    this.screen.looking = place;
    // a copy: looking must not change what was submitted
    const copy: Held = { ...past.held, answers: { ...past.held.answers }, remarks: { ...past.held.remarks } };
    await this.screen.show(copy);
    this.screen.current = null;
    view.form.focusFirst();
    view.notice("past", "info", `Earlier item ${place + 1} of ${history.length}. Submit saves a changed answer.`, [
      { label: "Back to the present item (J)", run: () => void this.back() },
    ]);
  }

  private leave(): void {
    this.screen.looking = null;
    this.screen.parts.view.clearNotice("past");
  }

  async back(): Promise<void> {
    this.leave();
    await this.screen.advance();
  }

  /** Saves a changed answer as a new annotation that supersedes the old one. */
  async save(): Promise<void> {
    const { history, view } = this.screen.parts;
    const { looking } = this.screen;
    const past = looking === null ? null : history.at(looking);
    if (!past) return;
    const missing = view.form.check();
    if (missing.length) return view.showProblems(missing);
    const answers = view.form.answers();
    if (JSON.stringify(answers) === JSON.stringify(past.held.answers)) return this.back();
    if (past.annotation === null && this.screen.parts.outbox().state.offline) {
      return view.notice("edit", "warn", "This answer has not reached the server yet. Undo takes it back and lets you change it.");
    }
    if (past.annotation === null && (await past.settled) === "refused") return this.back();
    try {
      await this.supersede(past, answers);
    } catch (error) {
      const problem = known(error);
      if (problem instanceof Problem && problem.status === 412) return this.resolveConflict(past, answers);
      return view.notice("edit", "bad", `The change is not saved. ${words(problem)}`);
    }
    view.clearNotice("edit");
    view.announce("The changed answer is saved");
    await this.back();
  }

  private async supersede(past: Past, answers: Answers): Promise<void> {
    const path = `${this.screen.base}/annotations/${past.annotation}`;
    const etag = past.etag ?? (await this.screen.parts.api.get<Annotation>(path)).etag ?? "*";
    const answer = await this.screen.parts.api.patch<Annotation>(path, { answers }, { etag, key: newKey() });
    past.annotation = answer.data.id;
    past.etag = answer.etag;
    past.held.answers = answers;
  }

  /** Another window changed the answer: both are shown, nothing is overwritten unasked. */
  private async resolveConflict(past: Past, mine: Answers): Promise<void> {
    const { api, view } = this.screen.parts;
    try {
      let stored = await api.get<Annotation>(`${this.screen.base}/annotations/${past.annotation}`);
      while (stored.data.superseded_by !== null) {
        stored = await api.get<Annotation>(`${this.screen.base}/annotations/${stored.data.superseded_by}`);
      }
      past.annotation = stored.data.id;
      past.etag = stored.etag;
      past.held.answers = stored.data.answers;
      if (await this.prefersMine(mine, stored.data.answers)) await this.supersede(past, mine);
    } catch (error) {
      return view.notice("edit", "bad", `The change is not saved. ${words(known(error))}`);
    }
    await this.back();
  }

  private prefersMine(mine: Answers, theirs: Answers): Promise<boolean> {
    const list = (answers: Answers) =>
      Object.entries(answers).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, typeof value === "string" ? value : JSON.stringify(value))]);
    byId("conflict-mine").replaceChildren(...list(mine));
    byId("conflict-theirs").replaceChildren(...list(theirs));
    const dialog = byId<HTMLDialogElement>("conflict-dialog");
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "mine"), { once: true }));
  }
}
