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
  warn(secondsLeft: number): void;
  calm(): void;
  lost(assignment: Assignment): void;
}

export class Leases {
  private lastActive = Date.now();
  private readonly renewing = new Set<string>();
  private readonly length = new Map<string, number>();

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
    this.listener.calm();
    for (const assignment of this.inHand()) void this.renew(assignment);
  }

  check(): void {
    const active = Date.now() - this.lastActive < ACTIVE_MS;
    const [onScreen] = this.inHand();
    for (const assignment of this.inHand()) {
      const left = Date.parse(assignment.expires_at) - this.serverNow();
      const whole = Math.max(this.length.get(assignment.id) ?? 0, left);
      this.length.set(assignment.id, whole);
      if (active && left < whole / 2) void this.renew(assignment);
      else if (!active && assignment === onScreen && left < WARN_MS) this.listener.warn(Math.max(0, Math.round(left / 1000)));
    }
  }

  private async renew(assignment: Assignment): Promise<void> {
    if (this.renewing.has(assignment.id)) return;
    this.renewing.add(assignment.id);
    try {
      const path = `${this.base}/assignments/${assignment.id}/renew`;
      const { data } = await this.api.post<Assignment>(path, { fence: assignment.fence });
      assignment.expires_at = data.expires_at;
    } catch (error) {
      // without a connection the lease may end; it stays good while nobody else was given the slot
      if (error instanceof Problem && error.code === "lease_lost") this.listener.lost(assignment);
    } finally {
      this.renewing.delete(assignment.id);
    }
  }
}
