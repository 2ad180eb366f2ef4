/** Items held in memory, so that the next one is painted without asking anybody. */
import type { Api } from "../core/api";
import type { Answers, Assignment, EmptyReason, NextAnswer, Remarks } from "./types";

/** A held assignment with what the person has done to it so far on this page. */
export interface Held {
  assignment: Assignment;
  answers: Answers;
  remarks: Remarks;
  /** Time on screen before it was put aside, in milliseconds. */
  spent: number;
}

function draftOf(assignment: Assignment): Answers {
  const nested = assignment.draft?.["answers"];
  const answers = typeof nested === "object" && nested !== null && !Array.isArray(nested) ? (nested as Answers) : assignment.draft;
  return { ...(answers ?? {}) };
}

export function hold(assignment: Assignment): Held {
  return {
    assignment,
    answers: draftOf(assignment),
    remarks: { note: "", flagged: false, unclear: null },
    spent: 0,
  };
}

export const IN_HAND = 5;
const MOST = 10;

export interface Refill {
  reason: EmptyReason | null;
  retryAfter: number | null;
}

export class ItemQueue {
  private held: Held[] = [];
  private asking: Promise<Refill> | null = null;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  clockOffset = 0;
  /** Assignments that are over for this page, whatever a slow answer still says. */
  private readonly finished = new Set<string>();

  constructor(private readonly api: Pick<Api, "post">, private readonly path: string, private readonly busy: () => Set<string>) {}

  get length(): number {
    return this.held.length;
  }

  get all(): readonly Held[] {
    return this.held;
  }

  take(): Held | null {
    const held = this.held.shift() ?? null;
    if (held) this.finished.add(held.assignment.id);
    return held;
  }

  /** Puts an item back in front, as after an undo. */
  putBack(held: Held): void {
    this.drop(held.assignment.id);
    this.held.unshift(held);
  }

  drop(assignment: string): void {
    this.held = this.held.filter((held) => held.assignment.id !== assignment);
  }

  /** The server took open work back, so nothing of it may be shown. */
  clear(): void {
    this.held = [];
  }

  takeItem(item: string): Held | null {
    const found = this.held.find((held) => held.assignment.item.id === item) ?? null;
    if (found) {
      this.drop(found.assignment.id);
      this.finished.add(found.assignment.id);
    }
    return found;
  }

  /** Asks for as many as are missing; calls that overlap share one request. */
  refill(onScreen: number): Promise<Refill> {
    this.asking ??= this.ask(onScreen).finally(() => (this.asking = null));
    return this.asking;
  }

  /** Asks anew, even if a request is running that left before something changed on the server. */
  async refillAnew(onScreen: number): Promise<Refill> {
    await this.asking?.catch(() => undefined);
    return this.refill(onScreen);
  }

  private async ask(onScreen: number): Promise<Refill> {
    // what is on its way out still counts as open on the server's side
    const count = Math.min(MOST, Math.max(IN_HAND, this.held.length) + onScreen + this.busy().size);
    const { data } = await this.api.post<NextAnswer>(this.path, { count });
    this.clockOffset = Date.parse(data.server_now) - Date.now();
    const known = new Set(this.held.map((held) => held.assignment.id));
    const out = this.busy();
    for (const assignment of data.assignments) {
      if (known.has(assignment.id) || out.has(assignment.id) || this.finished.has(assignment.id)) continue;
      this.held.push(hold(assignment));
    }
    return { reason: data.reason, retryAfter: data.retry_after };
  }
}
