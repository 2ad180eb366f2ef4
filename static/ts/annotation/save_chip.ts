/** Says in one of four states whether the work on this page has reached the server. */
import type { DraftState } from "./drafts";
import type { OutboxState } from "./outbox";

export type ChipState = "saved" | "saving" | "offline" | "failed";

export interface Chip {
  state: ChipState;
  words: string;
}

/** "Saved" only where nothing is under way and nothing waits: no submit, no change of one, no draft. */
export function chipFor(outbox: OutboxState, drafts: DraftState): Chip {
  const waiting = outbox.queued + drafts.unsaved;
  if (outbox.signedOut || drafts.trouble === "signed-out") return { state: "failed", words: `Signed out – ${waiting + outbox.failed} kept here` };
  const failed = outbox.failed + (drafts.trouble === "refused" ? drafts.unsaved : 0);
  if (failed > 0) return { state: "failed", words: `Failed – ${failed} not saved` };
  if (waiting > 0 && (outbox.offline || drafts.trouble === "offline")) return { state: "offline", words: `Offline – ${waiting} queued` };
  if (waiting > 0 && (outbox.troubled || drafts.trouble === "server")) return { state: "offline", words: `Server away – ${waiting} queued` };
  if (waiting > 0) return { state: "saving", words: "Saving" };
  return { state: "saved", words: "Saved" };
}

export class SaveChip {
  private shown = "";

  constructor(private readonly element: HTMLElement, private readonly retry: HTMLButtonElement, onRetry: () => void) {
    retry.addEventListener("click", onRetry);
  }

  show(chip: Chip): void {
    this.retry.hidden = chip.state !== "failed" && chip.state !== "offline";
    if (chip.words === this.shown) return;
    this.shown = chip.words;
    this.element.dataset["state"] = chip.state;
    this.element.textContent = chip.words;
  }
}
