/** Unsent answers are kept on the server within a second of the last change. */
import { Offline, Problem } from "../core/api";
import type { Api } from "../core/api";
import type { Answers, Assignment } from "./types";

const PAUSE_MS = 700;

export interface DraftListener {
  changed(pending: boolean): void;
  /** The lease went to somebody else while the draft was under way. */
  leaseLost(assignment: Assignment): void;
}

export class Drafts {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private next: { assignment: Assignment; answers: Answers } | null = null;
  private sending = false;

  constructor(private readonly api: Pick<Api, "put">, private readonly base: string, private readonly listener: DraftListener) {}

  get pending(): boolean {
    return this.next !== null || this.sending;
  }

  note(assignment: Assignment, answers: Answers): void {
    this.next = { assignment, answers: { ...answers } };
    this.listener.changed(true);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), PAUSE_MS);
  }

  /** A submit or skip makes the draft of its assignment pointless. */
  forget(assignment: string): void {
    if (this.next?.assignment.id !== assignment) return;
    this.next = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.listener.changed(this.pending);
  }

  async save(keepalive = false): Promise<boolean> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const draft = this.next;
    if (!draft) return true;
    this.next = null;
    this.sending = true;
    this.listener.changed(true);
    try {
      const path = `${this.base}/assignments/${draft.assignment.id}/draft`;
      await this.api.put(path, { fence: draft.assignment.fence, answers: draft.answers }, { keepalive });
      return true;
    } catch (error) {
      if (error instanceof Problem && error.code === "lease_lost") this.listener.leaseLost(draft.assignment);
      else if (!(error instanceof Problem) && !(error instanceof Offline)) throw error;
      // else: the answers are still on the screen, and the next change or the submit carries them
      return false;
    } finally {
      this.sending = false;
      this.listener.changed(this.pending);
    }
  }
}
