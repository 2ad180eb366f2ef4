/** A pause: the item is out of sight, its clock stands still, and a while nobody else is given it. */
import { h } from "../core/dom";
import type { Breaks } from "./breaks";
import type { Drafts } from "./drafts";
import type { Leases } from "./leases";
import type { Stopwatch } from "./stopwatch";
import type { View } from "./view";

/** Items in hand are kept so long; afterwards others may have them. */
const KEPT_MS = 10 * 60_000;
const TOUCH_MS = 30_000;

export interface PauseParts {
  view: View;
  stopwatch: Stopwatch;
  drafts: Drafts;
  leases: Leases;
  isBusy(): boolean;
}

export class Pause {
  private timer: ReturnType<typeof setInterval> | null = null;
  private began = 0;

  constructor(private readonly parts: PauseParts) {}

  get isOn(): boolean {
    return this.timer !== null;
  }

  suggest(minutes: number, breaks: Breaks, change: () => void): void {
    const { view } = this.parts;
    const done = () => view.clearNotice("pause");
    view.notice("pause", "info", `You have worked for ${minutes} minutes. A pause of 5 to 10 minutes rests your eyes and hands.`, [
      { label: "Pause now", run: () => (done(), this.begin(breaks)) },
      { label: "In 10 minutes", run: () => (done(), breaks.later()) },
      { label: "Change when", run: change },
    ]);
  }

  begin(breaks: Breaks): void {
    const { view, stopwatch, drafts, leases, isBusy } = this.parts;
    if (this.isOn || !isBusy()) return;
    this.began = Date.now();
    stopwatch.pause();
    void drafts.save();
    this.timer = setInterval(() => Date.now() - this.began < KEPT_MS && leases.touched(), TOUCH_MS);
    const button = h("button", { type: "button", class: "primary" }, "Back to the item");
    button.addEventListener("click", () => this.end(breaks));
    view.showInterlude(
      h("h2", {}, "A pause"),
      h("p", {}, "Your item and what you began wait here. The pause does not count as time on it; after ten minutes others may be given the items you hold."),
      h("div", { class: "button-row" }, button),
    );
  }

  private end(breaks: Breaks): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    breaks.restart();
    this.parts.leases.keep();
    this.parts.stopwatch.resume();
    this.parts.view.endInterlude();
  }
}
