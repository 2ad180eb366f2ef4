/** What happens to the item on the screen: shown, changed, submitted, skipped, flagged, lost. */
import type { Api } from "../core/api";
import { askSkipReason, askUnclear } from "./dialogs";
import type { Drafts } from "./drafts";
import type { Edits } from "./edits";
import { Elsewhere } from "./elsewhere";
import type { Guidelines } from "./guidelines";
import type { History, Past } from "./history";
import { isTextTarget } from "./keys";
import { newKey } from "./outbox";
import type { NewEntry, Outbox } from "./outbox";
import type { Plugs } from "./plugs";
import { IN_HAND } from "./queue";
import type { Held, ItemQueue } from "./queue";
import type { Stopwatch } from "./stopwatch";
import { Supply } from "./supply";
import type { Assignment, Boot } from "./types";
import type { View } from "./view";

/** Refills begin while there is still something in hand. */
const LOW_WATER = IN_HAND - 4;

export interface ScreenParts {
  boot: Boot;
  api: Api;
  view: View;
  queue: ItemQueue;
  drafts: Drafts;
  guidelines: Guidelines;
  history: History;
  edits: Edits;
  plugs: Plugs;
  stopwatch: Stopwatch;
  outbox: () => Outbox;
  /** Asks the server whether a lease still holds; what it says comes back as lost or submitted. */
  renew: (assignment: Assignment) => void;
  /** Something was submitted, skipped or taken back. */
  counted: () => void;
  /** An answer that cannot be sent was put aside. */
  parked: () => void;
  /** What is in hand is up to date. */
  refilled: () => void;
}

/** An earlier answer on the screen; the present item waits in the queue. */
export interface Looking {
  past: Past;
  /** A copy: looking must not change what was submitted. */
  held: Held;
}

export class Screen {
  current: Held | null = null;
  looking: Looking | null = null;
  /** While an undo waits for the server: what is on the screen cannot be sent before. */
  binding: Promise<boolean> | null = null;
  /** Something is shown between two items, such as feedback. */
  private pausing = false;
  readonly supply: Supply;
  readonly elsewhere: Elsewhere;

  constructor(readonly parts: ScreenParts) {
    this.supply = new Supply(this);
    this.elsewhere = new Elsewhere(this);
  }

  /** Something is on the screen that must not be painted over. */
  get busy(): boolean {
    return this.current !== null || this.looking !== null || this.pausing;
  }

  get base(): string {
    return this.parts.boot.api;
  }

  /** What the form speaks about, whether the present item or an earlier one. */
  get onScreen(): Held | null {
    return this.looking?.held ?? this.current;
  }

  /** Paints a held item; without waiting if its guideline version is in memory. */
  async show(held: Held): Promise<void> {
    this.looking = null;
    this.current = held;
    this.parts.view.setLooking(false);
    await this.paint(held);
    if (this.current !== held) return;
    if (held.rival !== undefined) this.elsewhere.rivalled(held, held.rival);
  }

  async showPast(looking: Looking): Promise<void> {
    this.current = null;
    this.looking = looking;
    this.parts.view.setLooking(true);
    await this.paint(looking.held);
  }

  private async paint(held: Held): Promise<void> {
    const { view, guidelines, edits, stopwatch, plugs } = this.parts;
    const number = held.assignment.guideline_version;
    const guideline = guidelines.peek(number) ?? (await guidelines.load(number));
    if (this.onScreen !== held) return;
    view.showItem(held.assignment.item, guideline, held.assignment.sides ?? {});
    view.form.fill(held.answers);
    view.fillNote(held.remarks.note);
    view.showRemarks(held.remarks);
    edits.start(view.form.answers());
    stopwatch.start(held.spent);
    plugs.shown(held, this.looking !== null);
    view.focusForm();
    if (view.form.unsupported.length) {
      view.notice("kinds", "bad", `This page cannot ask: ${view.form.unsupported.join(", ")}. Tell a manager of the project.`);
    }
  }

  /** The next item from memory, else what there is to say. */
  async advance(): Promise<void> {
    this.current = null;
    this.looking = null;
    const held = this.parts.queue.take();
    if (!held) return this.supply.whenEmpty();
    const shown = this.show(held);
    if (this.parts.queue.length <= LOW_WATER) void this.supply.refill();
    await shown;
  }

  /** Takes over what the form says, so that it survives leaving the screen. */
  remember(): void {
    const held = this.onScreen;
    if (!held) return;
    held.answers = this.parts.view.form.answers();
    if (!this.looking) held.remarks.note = this.parts.view.note.value;
    held.spent = this.parts.stopwatch.elapsed;
  }

  changed(): void {
    const held = this.onScreen;
    if (!held) return;
    const { view, edits, plugs, drafts } = this.parts;
    this.remember();
    view.clearProblems();
    edits.note(held.answers, isTextTarget(document.activeElement));
    if (this.looking) return drafts.keepEdit(this.looking.past.annotation, held);
    drafts.note(held, this.binding !== null);
    plugs.changed(held);
  }

  /** Puts other answers into the form, as an undo does. */
  refill(held: Held): void {
    this.parts.view.form.fill(held.answers);
    this.parts.view.fillNote(held.remarks.note);
    this.parts.view.showRemarks(held.remarks);
    this.changed();
  }

  async submit(again = false): Promise<void> {
    const { view, queue, drafts, history, plugs } = this.parts;
    const held = this.current;
    if (!held || this.pausing) return;
    const missing = view.form.check();
    if (missing.length) return view.showProblems(missing);
    if (this.binding && !(await this.binding)) return;
    if (this.current !== held) return;
    this.remember();
    const entry = this.entryOf(held);
    if (!again) history.forgetTaken();
    const past = history.add(held, entry.key);
    plugs.beforeSubmit(held, entry.body);
    drafts.stop(held.assignment.id);
    queue.drop(held.assignment.id);
    view.clearNotice("rival");
    this.count(1);
    const wait = plugs.afterSubmit(held, past.settled);
    const next = wait ? this.pauseFor(wait) : this.advance();
    void this.parts.outbox().add(entry, () => drafts.forget(held.assignment.id));
    await next;
  }

  private async pauseFor(wait: Promise<unknown>): Promise<void> {
    this.pausing = true;
    this.current = null;
    await wait;
    this.pausing = false;
    await this.advance();
  }

  entryOf(held: Held): NewEntry {
    const { note, flagged, unclear } = held.remarks;
    const { id, fence, item } = held.assignment;
    const body = {
      assignment: id,
      fence,
      answers: held.answers,
      lead_time_ms: held.spent,
      ...(note.trim() ? { note } : {}),
      ...(flagged ? { flagged } : {}),
      ...(unclear ? { unclear } : {}),
    };
    return { key: newKey(), kind: "annotation", path: `${this.base}/annotations`, body, assignment: id, item: item.id };
  }

  count(step: 1 | -1): void {
    const { progress } = this.parts.boot;
    progress.done = Math.max(0, progress.done + step);
    if (progress.left !== null) progress.left = Math.max(0, progress.left - step);
    this.parts.counted();
  }

  async skip(): Promise<void> {
    const held = this.current;
    if (!held || this.binding) return;
    const reason = await askSkipReason();
    if (reason === null || this.current !== held) return;
    const { drafts, boot, view } = this.parts;
    const { id, fence, item } = held.assignment;
    drafts.stop(id);
    boot.progress.skipped += 1;
    if (boot.progress.left !== null) boot.progress.left = Math.max(0, boot.progress.left - 1);
    const next = this.advance();
    const entry: NewEntry = { key: newKey(), kind: "skip", path: `${this.base}/assignments/${id}/skip`, body: { fence, reason }, assignment: id, item: item.id };
    void this.parts.outbox().add(entry, () => drafts.forget(id));
    this.parts.counted();
    view.announce("Skipped");
    await next;
  }

  flag(): void {
    if (!this.current) return;
    const { remarks } = this.current;
    remarks.flagged = !remarks.flagged;
    this.parts.view.showRemarks(remarks);
    this.parts.view.announce(remarks.flagged ? "Flagged" : "Flag removed");
    this.changed();
  }

  async reportUnclear(): Promise<void> {
    const held = this.current;
    if (!held) return;
    const { panel } = this.parts.view;
    const report = await askUnclear(panel.clauses, panel.clause, held.remarks.unclear);
    if (report === null || this.current !== held) return;
    held.remarks.unclear = report === "remove" ? null : report;
    this.parts.view.showRemarks(held.remarks);
    this.changed();
  }

  /** What is on the screen goes back to the front of the queue, with all that was done to it. */
  putAside(): void {
    if (!this.current) return;
    this.remember();
    this.parts.queue.putBack(this.current);
    this.current = null;
  }

  /** Brings an item to the screen out of its turn; the present one waits. */
  async open(held: Held): Promise<void> {
    this.putAside();
    await this.show(held);
  }
}
