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
  private at = -ONE_STEP_MS;
  private muted = false;

  constructor(private readonly clock: () => number = () => Date.now()) {}

  /** Another item is on the screen. */
  start(answers: Answers): void {
    this.past = [];
    this.future = [];
    this.now = { ...answers };
    this.at = -ONE_STEP_MS;
  }

  /** `typing`: the change came from a text field, where letters in quick succession are one step. */
  note(answers: Answers, typing = false): void {
    if (same(answers, this.now)) return;
    const at = this.clock();
    const goesOn = typing && this.past.length > 0 && at - this.at < ONE_STEP_MS;
    if (!this.muted && !goesOn) {
      this.past.push(this.now);
      if (this.past.length > KEPT) this.past.shift();
    }
    if (!this.muted) this.future = [];
    this.at = typing ? at : -ONE_STEP_MS;
    this.now = { ...answers };
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
      this.at = -ONE_STEP_MS;
      return { ...found };
    }
  }
}
