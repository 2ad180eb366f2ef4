/** Time an item was on a visible screen. */
export class Stopwatch {
  private total = 0;
  private since: number | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.pause();
      else this.resume();
    });
  }

  start(already: number): void {
    this.total = already;
    this.since = document.hidden ? null : this.now();
  }

  get elapsed(): number {
    return Math.round(this.total + (this.since === null ? 0 : this.now() - this.since));
  }

  private pause(): void {
    this.total = this.elapsed;
    this.since = null;
  }

  private resume(): void {
    this.since ??= this.now();
  }
}
