/** Changes to the item on the screen, step by step: what undo takes back before it takes back a submit. */
import { same } from "../core/equal";
import type { Answers } from "./types";

const KEPT = 100;
/** Changes of one text within this time are one step. */
const ONE_STEP_MS = 1_000;

export class Edits {
  private past: Answers[] = [];
  private future: Answers[] = [];
  private now: Answers = {};
  private at = 0;
  private muted = false;

  constructor(private readonly clock: () => number = () => Date.now()) {}

  /** Another item is on the screen. */
  start(answers: Answers): void {
    this.past = [];
    this.future = [];
    this.now = { ...answers };
    this.at = 0;
  }

  note(answers: Answers): void {
    if (same(answers, this.now)) return;
    const at = this.clock();
    const typed = this.past.length > 0 && at - this.at < ONE_STEP_MS && this.onlyText(answers);
    if (!this.muted && !typed) {
      this.past.push(this.now);
      if (this.past.length > KEPT) this.past.shift();
    }
    if (!this.muted) this.future = [];
    this.at = at;
    this.now = { ...answers };
  }

  /** Whether nothing changed but texts that were there already. */
  private onlyText(answers: Answers): boolean {
    const names = new Set([...Object.keys(answers), ...Object.keys(this.now)]);
    const changed = [...names].filter((name) => !same(answers[name], this.now[name]));
    return changed.every((name) => typeof answers[name] === "string" && typeof this.now[name] === "string");
  }

  /** Runs what keeps steps of its own, such as a question with its own undo, without counting it as a step here. */
  quietly<T>(run: () => T): T {
    this.muted = true;
    try {
      return run();
    } finally {
      this.muted = false;
    }
  }

  undo(): Answers | null {
    return this.move(this.past, this.future);
  }

  redo(): Answers | null {
    return this.move(this.future, this.past);
  }

  private move(from: Answers[], to: Answers[]): Answers | null {
    for (;;) {
      const found = from.pop();
      if (!found) return null;
      if (same(found, this.now)) continue;
      to.push(this.now);
      this.now = found;
      this.at = 0;
      return { ...found };
    }
  }
}
