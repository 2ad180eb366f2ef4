/** What happens on the labeling page: the next item, submitting, skipping, running out. */
import { Offline, Problem } from "../core/api";
import type { Api } from "../core/api";
import { askSkipReason, askUnclear } from "./dialogs";
import type { Drafts } from "./drafts";
import type { Guidelines } from "./guidelines";
import type { History } from "./history";
import { newKey } from "./outbox";
import type { Outbox, OutboxEntry } from "./outbox";
import { IN_HAND } from "./queue";
import type { Held, ItemQueue, Refill } from "./queue";
import { Stopwatch } from "./stopwatch";
import type { Boot } from "./types";
import type { View } from "./view";

/** Refills begin while there is still something in hand. */
const LOW_WATER = IN_HAND - 2;
const LOOK_AGAIN_MS = 5_000;

export interface ScreenParts {
  boot: Boot;
  api: Api;
  view: View;
  queue: ItemQueue;
  drafts: Drafts;
  guidelines: Guidelines;
  history: History;
  outbox: () => Outbox;
}

export class Screen {
  current: Held | null = null;
  /** While an undo waits for the server: what is on the screen cannot be sent before. */
  binding: Promise<boolean> | null = null;
  /** Place in the history of the earlier item on the screen; the present one waits in the queue. */
  looking: number | null = null;
  private readonly stopwatch = new Stopwatch();
  private mustAcknowledge = false;
  private lookAgain: ReturnType<typeof setTimeout> | null = null;

  constructor(readonly parts: ScreenParts) {}

  /** Something is on the screen that must not be painted over. */
  private get busy(): boolean {
    return this.current !== null || this.looking !== null;
  }

  get base(): string {
    return this.parts.boot.api;
  }

  /** Paints a held item; without waiting if its guideline version is in memory. */
  async show(held: Held): Promise<void> {
    const { view, guidelines } = this.parts;
    this.current = held;
    const number = held.assignment.guideline_version;
    const guideline = guidelines.peek(number) ?? (await guidelines.load(number));
    if (this.current !== held) return;
    view.showItem(held.assignment.item, guideline, held.assignment.sides ?? {});
    view.form.fill(held.answers);
    view.fillNote(held.remarks.note);
    view.showRemarks(held.remarks);
    this.stopwatch.start(held.spent);
    view.focusForm();
    if (view.form.unsupported.length) {
      view.notice("kinds", "bad", `This page cannot ask: ${view.form.unsupported.join(", ")}. Tell a manager of the project.`);
    }
  }

  /** The next item from memory, else what there is to say. */
  async advance(): Promise<void> {
    this.current = null;
    const held = this.parts.queue.take();
    if (!held) {
      if (this.mustAcknowledge) return this.goAcknowledge();
      this.parts.view.showEmpty({ what: "Getting your items", why: "" });
      return this.refill();
    }
    const shown = this.show(held);
    if (this.parts.queue.length <= LOW_WATER) void this.refill();
    await shown;
  }

  async refill(): Promise<void> {
    if (this.lookAgain !== null) clearTimeout(this.lookAgain);
    this.lookAgain = null;
    try {
      const answer = await this.parts.queue.refill(this.current ? 1 : 0);
      this.preloadGuidelines();
      await this.afterRefill(answer);
    } catch (error) {
      this.refillFailed(error);
    }
  }

  private preloadGuidelines(): void {
    for (const { assignment } of this.parts.queue.all) {
      this.parts.guidelines.load(assignment.guideline_version).catch(() => undefined); // asked again when it is shown
    }
  }

  private async afterRefill(answer: Refill): Promise<void> {
    const { queue, view } = this.parts;
    if (answer.reason === "acknowledgement_required") {
      // the server took open work back; only what is on the screen may still be sent
      this.mustAcknowledge = true;
      queue.clear();
      if (!this.busy) return this.goAcknowledge();
      view.notice("guideline", "info", "A new guideline version was published. You can still submit this item; then you read what changed.");
      return;
    }
    if (this.busy) return;
    if (queue.length > 0) return this.advance();
    this.showNothing(answer);
  }

  private showNothing(answer: Refill): void {
    const { view } = this.parts;
    const retryMs = answer.retryAfter === null ? null : answer.retryAfter * 1000;
    switch (answer.reason) {
      case "all_leased":
        view.showEmpty({ what: "Others have the last items", why: "Everything left is being labelled right now. This page looks again by itself, in case something comes back.", retry: true, back: true });
        this.lookAgainIn(retryMs ?? LOOK_AGAIN_MS);
        break;
      case "not_qualified":
        view.showEmpty({ what: "You are not qualified for these items yet", why: "The project asks for a training round first, or reserves the items for other people. A manager of the project can tell you what is missing.", back: true });
        break;
      default:
        view.showEmpty({ what: "All done", why: "You have labelled everything the project has for you. New items appear here when they arrive.", retry: true, back: true });
        if (retryMs !== null) this.lookAgainIn(retryMs);
    }
  }

  private lookAgainIn(ms: number): void {
    this.lookAgain = setTimeout(() => void this.refill(), ms);
  }

  private refillFailed(error: unknown): void {
    if (!(error instanceof Offline) && !(error instanceof Problem)) throw error;
    if (error instanceof Problem && error.signedOut) return this.sayNoSession();
    const again = error instanceof Offline || error.temporary;
    if (again) this.lookAgainIn(error instanceof Problem && error.retryAfter !== null ? error.retryAfter * 1000 : LOOK_AGAIN_MS);
    if (this.busy) return;
    if (error instanceof Offline) {
      this.parts.view.showEmpty({ what: "No connection", why: "Your work is kept in this browser and is sent when the connection is back. So are new items fetched.", retry: true });
    } else {
      this.parts.view.showEmpty({ what: "The items could not be fetched", why: error.message, retry: true, back: true });
    }
  }

  sayNoSession(): void {
    const { queued, failed } = this.parts.outbox().state;
    const kept = queued + failed;
    const here = encodeURIComponent(window.location.pathname);
    const words = kept > 0 ? `You are signed out. ${kept} unsent ${kept === 1 ? "answer is" : "answers are"} kept in this browser and sent after you sign in.` : "You are signed out.";
    this.parts.view.notice("session", "bad", words, [{ label: "Sign in", href: `/accounts/login/?next=${here}` }]);
    if (!this.busy) this.parts.view.showEmpty({ what: "You are signed out", why: "Sign in to go on.", retry: true });
  }

  private async goAcknowledge(): Promise<void> {
    await this.parts.outbox().flush();
    const { slug } = this.parts.boot.project;
    window.location.assign(`/p/${slug}/guideline/acknowledge/`);
  }

  /** Takes over what the form says, so that it survives leaving the screen. */
  remember(): void {
    if (!this.current) return;
    this.current.answers = this.parts.view.form.answers();
    this.current.remarks.note = this.parts.view.note.value;
    this.current.spent = this.stopwatch.elapsed;
  }

  async submit(): Promise<void> {
    const { view, queue, drafts, history, boot } = this.parts;
    const held = this.current;
    if (!held) return;
    const missing = view.form.check();
    if (missing.length) return view.showProblems(missing);
    if (this.binding && !(await this.binding)) return;
    if (this.current !== held) return;
    this.remember();
    const key = newKey();
    drafts.forget(held.assignment.id);
    queue.drop(held.assignment.id);
    history.add(held, key);
    this.count(1);
    const next = this.advance();
    const body = this.bodyOf(held);
    void this.parts.outbox().add({ key, kind: "annotation", path: `${boot.api}/annotations`, body, assignment: held.assignment.id, item: held.assignment.item.id });
    await next;
  }

  private bodyOf(held: Held): Record<string, unknown> {
    const { note, flagged, unclear } = held.remarks;
    return {
      assignment: held.assignment.id,
      fence: held.assignment.fence,
      answers: held.answers,
      lead_time_ms: held.spent,
      ...(note.trim() ? { note } : {}),
      ...(flagged ? { flagged } : {}),
      ...(unclear ? { unclear } : {}),
    };
  }

  count(step: 1 | -1): void {
    const { progress } = this.parts.boot;
    progress.done = Math.max(0, progress.done + step);
    if (progress.left !== null) progress.left = Math.max(0, progress.left - step);
    this.parts.view.showProgress(progress.done, progress.left);
  }

  async skip(): Promise<void> {
    const held = this.current;
    if (!held || this.binding) return;
    const reason = await askSkipReason();
    if (reason === null || this.current !== held) return;
    const { drafts, boot } = this.parts;
    const { id, fence, item } = held.assignment;
    drafts.forget(id);
    const next = this.advance();
    void this.parts.outbox().add({ key: newKey(), kind: "skip", path: `${boot.api}/assignments/${id}/skip`, body: { fence, reason }, assignment: id, item: item.id });
    this.parts.view.announce("Skipped");
    await next;
  }

  flag(): void {
    if (!this.current) return;
    this.remember();
    this.current.remarks.flagged = !this.current.remarks.flagged;
    this.parts.view.showRemarks(this.current.remarks);
    this.parts.view.announce(this.current.remarks.flagged ? "Flagged" : "Flag removed");
  }

  async reportUnclear(): Promise<void> {
    const held = this.current;
    if (!held) return;
    const { panel } = this.parts.view;
    const report = await askUnclear(panel.clauses, panel.clause, held.remarks.unclear);
    if (report === null) return;
    held.remarks.unclear = report === "remove" ? null : report;
    if (this.current === held) this.parts.view.showRemarks(held.remarks);
  }

  /** The server refused a submit for good. */
  async refused(entry: OutboxEntry, problem: Problem): Promise<void> {
    const { view, history } = this.parts;
    const past = history.refused(entry.key);
    if (entry.kind === "annotation") this.count(-1);
    if (problem.code === "lease_lost") {
      await this.parts.outbox().drop(entry);
      view.notice(entry.key, "warn", "The time for an item was over and somebody else was given it, so that answer was not taken.");
    } else if (problem.code === "already_submitted") {
      await this.parts.outbox().drop(entry);
      view.notice(entry.key, "warn", "An item was submitted in another window already. The answer given here was not added to it.");
    } else if (problem.status === 422 && past) {
      await this.parts.outbox().drop(entry);
      await this.showAgain(past.held, problem);
    } else {
      view.notice(entry.key, "bad", `An answer was not saved: ${problem.message}`, [
        { label: "Try again", run: () => (view.clearNotice(entry.key), void this.parts.outbox().retry()) },
        { label: "Discard it", run: () => (view.clearNotice(entry.key), void this.parts.outbox().drop(entry)) },
      ]);
    }
  }

  private async showAgain(held: Held, problem: Problem): Promise<void> {
    const { view } = this.parts;
    this.putAside();
    this.looking = null;
    view.clearNotice("past");
    await this.show(held);
    const lines = problem.errors.map((error) => {
      const question = /^\/answers\/([^/]+)/.exec(error.pointer)?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~") ?? null;
      const known = question !== null && view.form.showError(question, error.detail);
      return { question: known ? question : null, words: error.detail };
    });
    view.showProblems(lines.length ? lines : [{ question: null, words: problem.message }]);
  }

  /** What is on the screen goes back to the front of the queue, with all that was done to it. */
  putAside(): void {
    if (!this.current) return;
    this.remember();
    this.parts.queue.putBack(this.current);
    this.current = null;
  }

  /** Somebody else was given an item we hold. */
  async lost(assignment: { id: string }): Promise<void> {
    this.parts.queue.drop(assignment.id);
    if (this.current?.assignment.id !== assignment.id) return;
    this.parts.drafts.forget(assignment.id);
    this.parts.view.notice("lease", "warn", "The time for the item was over and somebody else was given it. Here is the next one.");
    await this.advance();
  }

  changed(): void {
    if (!this.current) return;
    this.remember();
    this.parts.view.clearProblems();
    if (!this.binding) this.parts.drafts.note(this.current.assignment, this.current.answers);
  }
}

