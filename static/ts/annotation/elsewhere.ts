/** What other windows, devices and people did to an item that is in hand here. Nothing is written over unseen. */
import type { Held, Refill } from "./queue";
import type { Screen } from "./screen";
import type { Assignment, StoredDraft } from "./types";

export class Elsewhere {
  constructor(private readonly screen: Screen) {}

  /** Compares the item on the screen with what the server counts as open. */
  reconcile({ open, whole }: Refill): void {
    const held = this.screen.current;
    if (!held || this.screen.binding || open.has(held.assignment.id)) return;
    const again = this.screen.parts.queue.takeItem(held.assignment.item.id);
    if (!again) {
      if (whole) this.screen.parts.renew(held.assignment);
      return;
    }
    // its time was over and it came to the same person anew
    this.screen.parts.drafts.forget(held.assignment.id);
    held.assignment = again.assignment;
    this.screen.parts.drafts.note(held);
  }

  /** Somebody else was given an item we hold. What was answered stays on the screen. */
  lost(assignment: Assignment): void {
    const { queue, view, drafts } = this.screen.parts;
    if (this.screen.current?.assignment.id !== assignment.id) {
      queue.drop(assignment.id);
      return drafts.forget(assignment.id);
    }
    const held = this.screen.current;
    view.notice("lease", "warn", "The time for this item was over and somebody else was given it. What you answered is still here, but may not be taken any more.", [
      { label: "Try to get it back", run: () => void this.regain(held) },
      { label: "Go on and keep my answer", run: () => void this.partWith(held) },
    ]);
  }

  private async regain(held: Held): Promise<void> {
    const { queue, view, drafts } = this.screen.parts;
    await queue.refillAnew(1).catch(() => undefined); // the notice stays, and so does its button
    const again = queue.takeItem(held.assignment.item.id);
    if (!again) return view.announce("It is still with somebody else");
    drafts.forget(held.assignment.id);
    held.assignment = again.assignment;
    drafts.note(held);
    view.clearNotice("lease");
    view.announce("The item is yours again");
  }

  /** Goes on without the item; a begun answer is kept in this browser among what was not saved. */
  private async partWith(held: Held): Promise<void> {
    const { view, drafts } = this.screen.parts;
    if (this.screen.current !== held) return;
    this.screen.remember();
    view.clearNotice("lease");
    const refusal = { status: 409, code: "lease_lost", detail: "The item was given to somebody else after its time was over.", errors: [] };
    if (Object.keys(held.answers).length) await this.screen.parts.outbox().park(this.screen.entryOf(held), refusal);
    drafts.forget(held.assignment.id);
    this.screen.parts.parked();
    this.screen.parts.counted();
    await this.screen.advance();
  }

  /** Another window has submitted an item we hold. */
  submitted(assignment: Assignment): void {
    const { queue, view, drafts } = this.screen.parts;
    queue.drop(assignment.id);
    if (this.screen.current?.assignment.id !== assignment.id) return drafts.forget(assignment.id);
    view.notice("elsewhere", "warn", "This item was submitted in another window or on another device. Submit shows both answers, so that you can choose.", [
      { label: "Keep that one and go on", run: () => void this.dropCurrent(assignment) },
    ]);
  }

  private async dropCurrent(assignment: Assignment): Promise<void> {
    this.screen.parts.view.clearNotice("elsewhere");
    if (this.screen.current?.assignment.id !== assignment.id) return;
    this.screen.parts.drafts.forget(assignment.id);
    await this.screen.advance();
  }

  /** Another window has saved a draft of the item: both are there, and the person chooses. */
  rivalled(held: Held, rival: StoredDraft | null): void {
    if (this.screen.current !== held) return;
    const { view, drafts } = this.screen.parts;
    const done = () => view.clearNotice("rival");
    view.notice("rival", "warn", "The draft of this item was changed in another window or on another device. Yours is on the screen and is not saved over the other.", [
      { label: "Keep mine", run: () => (done(), drafts.settle(held)) },
      { label: "Use the other", run: () => (done(), this.useRival(held, rival)) },
    ]);
  }

  private useRival(held: Held, rival: StoredDraft | null): void {
    if (this.screen.current !== held) return;
    held.answers = { ...rival?.answers };
    held.remarks = { note: rival?.note ?? "", flagged: rival?.flagged ?? false, unclear: rival?.unclear ?? null };
    this.screen.parts.drafts.settle(held);
    this.screen.refill(held);
  }
}
