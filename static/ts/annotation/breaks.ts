/** Speaks of a pause after long work without one (A22). The pause itself is no time on an item. */

/** So long without a touch was a pause. */
const PAUSE_MS = 5 * 60_000;
const LATER_MS = 10 * 60_000;
const CHECK_MS = 15_000;

export interface BreakListener {
  /** Time for a pause. */
  hint(minutes: number): void;
}

export interface BreakMemory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const BEGAN = "concord:work-began";
const TOUCHED = "concord:work-touched";

export class Breaks {
  private began: number;
  private touchedAt: number;
  private hintAt = 0;

  /** `memory` lives as long as the tab, so that a reload is no pause. It holds two times and nothing else. */
  constructor(
    private minutes: number,
    private readonly listener: BreakListener,
    private readonly memory: BreakMemory,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.touchedAt = Number(memory.getItem(TOUCHED) ?? now());
    this.began = Number(memory.getItem(BEGAN) ?? now());
    this.touched();
  }

  start(): void {
    setInterval(() => this.check(), CHECK_MS);
  }

  set interval(minutes: number) {
    this.minutes = minutes;
  }

  touched(): void {
    const now = this.now();
    if (now - this.touchedAt >= PAUSE_MS) this.restart();
    this.touchedAt = now;
    this.memory.setItem(TOUCHED, String(now));
    this.memory.setItem(BEGAN, String(this.began));
  }

  check(): void {
    const now = this.now();
    if (this.minutes === 0 || now - this.touchedAt >= PAUSE_MS || now < this.hintAt) return;
    const worked = now - this.began;
    if (worked < this.minutes * 60_000) return;
    this.later();
    this.listener.hint(Math.round(worked / 60_000));
  }

  /** Not now: asks again in ten minutes. */
  later(): void {
    this.hintAt = this.now() + LATER_MS;
  }

  /** A pause is over, or was taken: work begins anew. */
  restart(): void {
    this.began = this.now();
    this.touchedAt = this.began;
    this.hintAt = 0;
  }
}
