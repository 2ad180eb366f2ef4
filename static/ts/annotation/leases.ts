/** Keeps the time limit of the items in hand, and warns before the one on screen ends. */
import { Problem } from "../core/api";
import type { Api } from "../core/api";
import type { Assignment } from "./types";

const CHECK_MS = 5_000;
/** Time to answer the warning; WCAG 2.2.1 asks for 20 seconds at least. */
const WARN_MS = 60_000;
/** A lease is renewed for a person who did something within this time. */
const ACTIVE_MS = 120_000;

export interface LeaseListener {
  /** Once for each end that comes near. */
  warn(secondsLeft: number): void;
  calm(): void;
  lost(assignment: Assignment): void;
  /** Another window has submitted it. */
  submitted?(assignment: Assignment): void;
}

export class Leases {
  private lastActive = Date.now();
  private readonly renewing = new Set<string>();
  private readonly length = new Map<string, number>();
  private warned: string | null = null;

  constructor(
    private readonly api: Pick<Api, "post">,
    private readonly base: string,
    private readonly inHand: () => Assignment[],
    private readonly serverNow: () => number,
    private readonly listener: LeaseListener,
  ) {}

  start(): void {
    setInterval(() => this.check(), CHECK_MS);
  }

  touched(): void {
    this.lastActive = Date.now();
  }

  /** The person wants to keep what is in hand. */
  keep(): void {
    this.touched();
    this.calm();
    for (const assignment of this.inHand()) void this.renew(assignment);
  }

  private calm(): void {
    this.warned = null;
    this.listener.calm();
  }

  check(): void {
    const active = Date.now() - this.lastActive < ACTIVE_MS;
    const [onScreen] = this.inHand();
    for (const assignment of this.inHand()) {
      const left = Date.parse(assignment.expires_at) - this.serverNow();
      const whole = Math.max(this.length.get(assignment.id) ?? 0, left);
      this.length.set(assignment.id, whole);
      if (active && left < whole / 2) void this.renew(assignment);
      else if (!active && assignment === onScreen && left > 0 && left < WARN_MS) this.warn(assignment, left);
    }
    if (active && this.warned !== null) this.calm();
  }

  private warn(assignment: Assignment, left: number): void {
    const end = `${assignment.id} ${assignment.expires_at}`;
    if (this.warned === end) return;
    this.warned = end;
    this.listener.warn(Math.round(left / 1000));
  }

  async renew(assignment: Assignment): Promise<void> {
    if (this.renewing.has(assignment.id)) return;
    this.renewing.add(assignment.id);
    try {
      const path = `${this.base}/assignments/${assignment.id}/renew`;
      const { data } = await this.api.post<Assignment>(path, { fence: assignment.fence });
      assignment.expires_at = data.expires_at;
    } catch (error) {
      // without a connection the lease may end; it stays good while nobody else was given the slot
      if (!(error instanceof Problem)) return;
      if (error.code === "lease_lost") this.listener.lost(assignment);
      else if (error.code === "already_submitted") this.listener.submitted?.(assignment);
    } finally {
      this.renewing.delete(assignment.id);
    }
  }
}
