/** Going back: taking changes and submits back, doing them again, looking at or changing earlier answers. */
import { Offline, Problem } from "../core/api";
import { same } from "../core/equal";
import { askLeave } from "./dialogs";
import type { Past } from "./history";
import { hintFor } from "./keys";
import { newKey } from "./outbox";
import { isBegun, MOST } from "./queue";
import type { Held } from "./queue";
import type { Screen } from "./screen";
import type { Annotation } from "./types";

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

  // --- undo and redo ---

  /** The last change of the item on the screen; without one, the last submit: its item is painted again at once. */
  async undo(): Promise<void> {
    const { edits, view } = this.screen.parts;
    const before = this.screen.onScreen ? edits.undo() : null;
    if (before) return this.put(before, "The last change is taken back");
    if (this.screen.binding || !(await this.mayLeave())) return;
    view.clearNotice("past");
    await this.undoSubmit();
  }

  async redo(): Promise<void> {
    const { edits, history, view } = this.screen.parts;
    const held = this.screen.onScreen;
    const later = held ? edits.redo() : null;
    if (later) return this.put(later, "The change is made again");
    const taken = this.screen.current ? history.popTaken(this.screen.current.assignment.item.id) : null;
    if (!taken || !this.screen.current) return view.announce("There is nothing to do again");
    Object.assign(this.screen.current, { answers: { ...taken.answers }, remarks: { ...taken.remarks } });
    this.screen.refill(this.screen.current);
    await this.screen.submit(true);
    view.announce("Submitted again");
    this.focusAnswered();
  }

  /** An answered item may still ask for a text: there the keys of undo and redo would be letters. */
  private focusAnswered(): void {
    const { current, parts } = this.screen;
    if (current && isBegun(current)) parts.view.form.focusFirst();
  }

  private put(answers: Held["answers"], said: string): void {
    const held = this.screen.onScreen;
    if (!held) return;
    held.answers = answers;
    this.screen.refill(held);
    this.screen.parts.view.announce(said);
  }

  private async undoSubmit(): Promise<void> {
    const { history, view, outbox, drafts } = this.screen.parts;
    if (!history.length && !(await this.loadEarlier("undo"))) return this.stay();
    const past = history.last();
    if (!past) {
      view.notice("undo", "info", "There is nothing to take back: nothing of yours is submitted in this project.");
      return this.stay();
    }
    // never sent: the assignment is still ours
    const unsent = past.annotation === null && (await outbox().cancel(past.key));
    if (!unsent && past.annotation === null && (outbox().state.offline || outbox().state.signedOut)) {
      view.notice("undo", "warn", "The last answer may have reached the server. It can be taken back when the connection is there again.");
      return this.stay();
    }
    this.screen.putAside();
    history.drop(past);
    history.keepTaken(past.held);
    this.screen.count(-1);
    view.clearNotice("undo");
    view.announce("The last submit is taken back");
    if (!unsent) this.screen.binding = this.takeBack(past).finally(() => (this.screen.binding = null));
    const { binding } = this.screen;
    const showing = this.screen.show(past.held);
    // what was answered is a draft again: until the server has given the item back, in this browser alone
    drafts.note(past.held, binding !== null);
    await showing;
    this.focusAnswered();
    if (binding && !(await binding)) await this.giveUp(past);
  }

  /** Nothing came of it: what was looked at before makes room for the present item. */
  private async stay(): Promise<void> {
    if (this.screen.looking) await this.back();
  }

  /** True once the item is ours to answer again. */
  private async takeBack(past: Past): Promise<boolean> {
    const { api, queue, view, drafts } = this.screen.parts;
    if (past.annotation === null && (await past.settled) === null) return false;
    try {
      await this.makeRoom();
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
    drafts.forget(past.held.assignment.id);
    past.held.assignment = again.assignment;
    drafts.note(past.held);
    return true;
  }

  /** The server gives nobody more than ten items: one that waits untouched makes room for the one that comes back. */
  private async makeRoom(): Promise<void> {
    const { api, queue } = this.screen.parts;
    if (queue.length < MOST) return;
    const spare = [...queue.all].reverse().find((held) => !isBegun(held));
    if (!spare) return;
    const { id, fence } = spare.assignment;
    queue.drop(id);
    await api.post(`${this.screen.base}/assignments/${id}/release`, { fence });
  }

  private async giveUp(past: Past): Promise<void> {
    const { drafts, history } = this.screen.parts;
    drafts.forget(past.held.assignment.id);
    history.popTaken(past.held.assignment.item.id);
    this.screen.count(1);
    if (this.screen.current === past.held) await this.screen.advance();
  }

  // --- looking ---

  /** One step through the history; it does not wrap. */
  async step(direction: -1 | 1): Promise<void> {
    const { history } = this.screen.parts;
    if (this.screen.binding) return;
    const { looking } = this.screen;
    if (looking === null) {
      if (direction === 1 || !(await this.loadEarlier("past"))) return;
      const last = history.last();
      if (last) await this.look(last);
      else this.screen.parts.view.announce("Nothing of yours is submitted yet");
      return;
    }
    const place = history.placeOf(looking.past) + direction;
    if (place < 0) return this.screen.parts.view.announce("This is the first of them");
    if (!(await this.mayLeave())) return;
    const next = history.at(place);
    await (next ? this.look(next) : this.back());
  }

  private async loadEarlier(subject: string): Promise<boolean> {
    const { history, view } = this.screen.parts;
    try {
      await history.loadEarlier();
      return true;
    } catch (error) {
      if (history.length) return true;
      view.notice(subject, "warn", `Your earlier answers could not be fetched. ${words(known(error))}`);
      return false;
    }
  }

  /** Opens an answer that was submitted. */
  async look(past: Past): Promise<void> {
    const { history, view, drafts } = this.screen.parts;
    this.screen.putAside();
    const place = history.placeOf(past);
    const edit = drafts.editOf(past.annotation);
    const held: Held = { ...past.held, answers: { ...(edit ?? past.held.answers) }, remarks: { ...past.held.remarks }, spent: 0 };
    await this.screen.showPast({ past, held });
    view.form.focusFirst();
    const about = edit ? "Your change to it is not saved yet." : "Change it, then press “Save the change”.";
    const version = `guideline v${past.held.assignment.guideline_version}`;
    view.notice("past", "info", `Earlier answer ${place + 1} of ${history.length}, given under ${version}. ${about}`, [
      { label: `Back to the present item (${hintFor("next")})`, run: () => void this.leave() },
    ]);
    if (past.annotation !== null && past.etag === null) await this.refresh(past, held);
  }

  /** What the server holds now is what a change starts from. */
  private async refresh(past: Past, held: Held): Promise<void> {
    const { api } = this.screen.parts;
    try {
      const { data, etag } = await api.get<Annotation>(`${this.screen.base}/annotations/${past.annotation}`);
      past.etag = etag;
      if (same(data.answers, past.held.answers)) return;
      past.held.answers = data.answers;
      if (this.screen.looking?.held !== held || this.isChanged()) return;
      held.answers = { ...data.answers };
      this.screen.parts.view.form.fill(held.answers);
      this.screen.parts.edits.start(held.answers);
    } catch (error) {
      known(error); // asked again when the change is saved
    }
  }

  private isChanged(): boolean {
    const { looking } = this.screen;
    return looking !== null && !same(this.screen.parts.view.form.answers(), looking.past.held.answers);
  }

  /** Whether what is looked at may be left: a change to it is saved, given up, or kept on the screen. */
  async mayLeave(): Promise<boolean> {
    const { looking } = this.screen;
    if (!looking || !this.isChanged()) return true;
    switch (await askLeave()) {
      case "save":
        return await this.send();
      case "discard":
        this.screen.parts.drafts.forgetEdit(looking.past.annotation);
        return true;
      default:
        return false;
    }
  }

  async leave(): Promise<void> {
    if (await this.mayLeave()) await this.back();
  }

  async back(): Promise<void> {
    this.screen.parts.view.clearNotice("past");
    await this.screen.advance();
  }

  /** Saves a changed answer as a new annotation that supersedes the old one. */
  async save(): Promise<void> {
    if (!this.isChanged()) return this.back();
    if (await this.send()) await this.back();
  }

  /** Puts the change into the outbox; what another window changed meanwhile is shown beside it there. */
  private async send(): Promise<boolean> {
    const { view, drafts, outbox } = this.screen.parts;
    const { looking } = this.screen;
    if (!looking) return true;
    const missing = view.form.check();
    if (missing.length) {
      view.showProblems(missing);
      return false;
    }
    const { past } = looking;
    const answers = view.form.answers();
    if (past.annotation === null && !(await this.arrived(past))) return false;
    const etag = past.etag ?? (await this.etagOf(past));
    if (etag === null) return false;
    const changes = { ...answers, ...Object.fromEntries(Object.keys(past.held.answers).filter((name) => !(name in answers)).map((name) => [name, null])) };
    const { annotation } = past;
    const path = `${this.screen.base}/annotations/${annotation}`;
    past.held = { ...past.held, answers };
    past.etag = null;
    void outbox().add({ key: newKey(), kind: "edit", path, body: { answers: changes }, assignment: "", item: past.held.assignment.item.id, etag }, () => drafts.forgetEdit(annotation));
    view.clearNotice("edit");
    view.announce("The change is on its way");
    return true;
  }

  private async arrived(past: Past): Promise<boolean> {
    const { outbox, view } = this.screen.parts;
    const { offline, signedOut } = outbox().state;
    if (offline || signedOut) {
      view.notice("edit", "warn", "This answer has not reached the server yet. Undo takes it back and lets you change it.");
      return false;
    }
    return (await past.settled) !== null;
  }

  private async etagOf(past: Past): Promise<string | null> {
    try {
      const { data, etag } = await this.screen.parts.api.get<Annotation>(`${this.screen.base}/annotations/${past.annotation}`);
      // changed elsewhere since it came on the screen: refused by the server, so that both are shown
      return same(data.answers, past.held.answers) ? etag : '"changed"';
    } catch (error) {
      this.screen.parts.view.notice("edit", "bad", `The change is not saved yet. ${words(known(error))} It is kept in this browser.`);
      return null;
    }
  }

  /** The server has taken a change: later ones start from the new annotation. */
  edited(former: string, annotation: Annotation, etag: string | null): void {
    const past = this.screen.parts.history.byAnnotation(former);
    if (!past) return;
    past.annotation = annotation.id;
    past.etag = etag;
    past.held = { ...past.held, answers: annotation.answers };
  }
}
