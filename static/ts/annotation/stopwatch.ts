/** Time an item was on a visible screen with somebody before it: pauses do not count. */

/** Nobody looks at one screen so long without a touch. */
const AWAY_MS = 5 * 60_000;

export class Stopwatch {
  private total = 0;
  private since: number | null = null;
  private touchedAt: number;
  private paused = false;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.touchedAt = now();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.stop();
      else this.go();
    });
  }

  start(already: number): void {
    this.total = already;
    this.since = document.hidden || this.paused ? null : this.now();
    this.touchedAt = this.now();
  }

  /** The person did something; what lies before is left out if it was long. */
  touched(): void {
    const now = this.now();
    if (this.since !== null && now - this.touchedAt > AWAY_MS) {
      this.total += Math.max(0, this.touchedAt - this.since);
      this.since = now;
    }
    this.touchedAt = now;
  }

  get elapsed(): number {
    return Math.round(this.total + (this.since === null ? 0 : this.now() - this.since));
  }

  pause(): void {
    this.paused = true;
    this.stop();
  }

  resume(): void {
    this.paused = false;
    this.go();
  }

  private stop(): void {
    this.total = this.elapsed;
    this.since = null;
  }

  private go(): void {
    if (document.hidden || this.paused) return;
    this.since ??= this.now();
    this.touchedAt = this.now();
  }
}
