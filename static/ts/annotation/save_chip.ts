/** Says in one of four states whether the work on this page has reached the server. */
import type { OutboxState } from "./outbox";

export type ChipState = "saved" | "saving" | "offline" | "failed";

export interface Chip {
  state: ChipState;
  words: string;
}

export function chipFor(outbox: OutboxState, draftPending: boolean): Chip {
  if (outbox.signedOut) return { state: "failed", words: `Signed out – ${outbox.queued + outbox.failed} kept here` };
  if (outbox.failed > 0) return { state: "failed", words: `Failed – ${outbox.failed} not saved` };
  if (outbox.offline) return { state: "offline", words: `Offline – ${outbox.queued} queued` };
  if (outbox.queued > 0 || draftPending) return { state: "saving", words: "Saving" };
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
