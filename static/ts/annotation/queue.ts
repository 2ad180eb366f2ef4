/** Items held in memory, so that the next one is painted without asking anybody. */
import type { Api } from "../core/api";
import type { Answers, Assignment, EmptyReason, NextAnswer, Remarks, StoredDraft } from "./types";

/** A held assignment with what the person has done to it so far on this page. */
export interface Held {
  assignment: Assignment;
  answers: Answers;
  remarks: Remarks;
  /** Time on screen before it was put aside, in milliseconds. */
  spent: number;
  /** When the person last changed something of it. */
  touched?: number;
  /** A draft that another window saved unseen: nothing is saved over it before the person has chosen. */
  rival?: StoredDraft | null;
}

export function hold(assignment: Assignment): Held {
  const { draft } = assignment;
  return {
    assignment,
    answers: { ...draft?.answers },
    remarks: { note: draft?.note ?? "", flagged: draft?.flagged ?? false, unclear: draft?.unclear ?? null },
    spent: 0,
  };
}

/** Whether the person has begun it. */
export function isBegun(held: Held): boolean {
  return Object.keys(held.answers).length > 0 || held.remarks.note !== "" || held.remarks.unclear !== null || held.remarks.flagged;
}

export const IN_HAND = 6;
/** The server gives nobody more at a time. */
export const MOST = 10;

export interface Refill {
  reason: EmptyReason | null;
  retryAfter: number | null;
  /** Ids of what the server counts as open, and whether these are all. */
  open: Set<string>;
  whole: boolean;
}

export interface QueueOptions {
  /** Assignments whose end is on its way out. */
  busy(): Set<string>;
  /** The one on the screen, if any. */
  shown?(): string | null;
  /** A new assignment came: what the browser has of it comes with it. */
  arrived?(held: Held): void;
}

export class ItemQueue {
  private held: Held[] = [];
  private asking: Promise<Refill> | null = null;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  clockOffset = 0;
  /** Assignments that are over for this page, whatever a slow answer still says. */
  private readonly finished = new Set<string>();
  private first = true;

  constructor(private readonly api: Pick<Api, "post">, private readonly path: string, private readonly options: QueueOptions) {}

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

  /** Takes one of those in hand out of its turn. */
  takeOne(assignment: string): Held | null {
    const found = this.held.find((held) => held.assignment.id === assignment) ?? null;
    if (found) this.takeAway(found);
    return found;
  }

  takeItem(item: string): Held | null {
    const found = this.held.find((held) => held.assignment.item.id === item) ?? null;
    if (found) this.takeAway(found);
    return found;
  }

  private takeAway(held: Held): void {
    this.drop(held.assignment.id);
    this.finished.add(held.assignment.id);
  }

  /** Puts an item back in front, as after an undo. */
  putBack(held: Held): void {
    this.drop(held.assignment.id);
    this.held.unshift(held);
  }

  drop(assignment: string): void {
    this.held = this.held.filter((held) => held.assignment.id !== assignment);
  }

  /** It was never over after all: its submit was taken back before it was sent. */
  revive(assignment: string): void {
    this.finished.delete(assignment);
  }

  /** The server took open work back, so nothing of it may be shown. */
  clear(): void {
    this.held = [];
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
    const leaving = new Set(this.options.busy());
    const count = Math.min(MOST, Math.max(IN_HAND, this.held.length) + onScreen + leaving.size);
    const before = new Set(this.held.map((held) => held.assignment.id));
    const { data } = await this.api.post<NextAnswer>(this.path, { count });
    this.clockOffset = Date.parse(data.server_now) - Date.now();
    const listed = new Set(data.assignments.map((assignment) => assignment.id));
    const whole = data.assignments.length < count && data.reason !== "acknowledgement_required";
    if (data.reason !== "acknowledgement_required") this.leaveOut(before, listed, whole);
    const known = new Set(this.held.map((held) => held.assignment.id));
    // what was on its way out when the request left may have arrived since, and still be listed as open
    const out = new Set([...leaving, ...this.options.busy()]);
    for (const assignment of data.assignments) {
      if (known.has(assignment.id) || out.has(assignment.id) || this.finished.has(assignment.id)) continue;
      const held = hold(assignment);
      this.options.arrived?.(held);
      this.held.push(held);
    }
    if (this.first) this.held.sort((a, b) => (b.touched ?? 0) - (a.touched ?? 0));
    this.first = false;
    return { reason: data.reason, retryAfter: data.retry_after, open: listed, whole };
  }

  /** Another window or device may have ended some: those are not shown any more. A list of `count` may be cut off. */
  private leaveOut(before: Set<string>, listed: Set<string>, whole: boolean): void {
    const last = [...listed].sort().at(-1) ?? "";
    this.held = this.held.filter(({ assignment: { id } }) => !before.has(id) || listed.has(id) || (!whole && id > last));
  }
}
