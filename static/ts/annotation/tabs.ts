/** One window of a browser labels a project at a time: two would show the same items and send them twice. */

const LEAVING_MS = 1_500;

export interface TabListener {
  /** This window may work now. */
  mine(): void;
  /** Another window is at work. */
  elsewhere(): void;
  /** Another window took the work over. */
  taken(): void;
}

export class OneTab {
  constructor(private readonly name: string, private readonly listener: TabListener, private readonly locks: LockManager | undefined = navigator.locks) {}

  start(): void {
    // a page without a secure address has no locks, and no second window to fear as much as no work at all
    if (!this.locks) return this.listener.mine();
    // the page that was reloaded may still be on its way out
    const late = setTimeout(() => this.listener.elsewhere(), LEAVING_MS);
    this.hold({}, () => clearTimeout(late));
  }

  /** Works here from now on; the other window is told. */
  takeOver(): void {
    this.hold({ steal: true }, () => undefined);
  }

  private hold(options: LockOptions, got: () => void): void {
    let held = false;
    const holding = this.locks?.request(this.name, options, () => {
      got();
      held = true;
      this.listener.mine();
      return new Promise<never>(() => undefined);
    });
    holding?.catch(() => {
      if (held) this.listener.taken();
    });
  }
}
