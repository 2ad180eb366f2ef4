/** Where other modules join the labeling page: the screen calls these moments and knows none of the modules. */
import type { Held } from "./queue";
import type { Annotation } from "./types";

export interface Plug {
  /** An item is on the screen with its answers. `looking`: an earlier answer of one's own, opened from the history. */
  shown?(held: Held, looking: boolean): void;
  /** The person changed an answer of the item on the screen; `held.answers` has it already. */
  changed?(held: Held): void;
  /** The body of a submit is complete: add to it. It goes to the browser's storage, so never put item text there. */
  beforeSubmit?(held: Held, body: Record<string, unknown>): void;
  /**
   * The submit is in the outbox. `fate` resolves with what the server stored, or with null once it refused for good.
   * A promise given back keeps the next item from the screen until it is settled, as feedback needs it.
   */
  afterSubmit?(held: Held, fate: Promise<Annotation | null>): Promise<void> | void;
}

export class Plugs {
  private readonly all: Plug[] = [];

  add(plug: Plug): void {
    this.all.push(plug);
  }

  shown(held: Held, looking: boolean): void {
    for (const plug of this.all) plug.shown?.(held, looking);
  }

  changed(held: Held): void {
    for (const plug of this.all) plug.changed?.(held);
  }

  beforeSubmit(held: Held, body: Record<string, unknown>): void {
    for (const plug of this.all) plug.beforeSubmit?.(held, body);
  }

  /** What the next item has to wait for; null in the ordinary case, so that nothing is delayed by a tick. */
  afterSubmit(held: Held, fate: Promise<Annotation | null>): Promise<unknown> | null {
    const waits = this.all.map((plug) => plug.afterSubmit?.(held, fate)).filter((wait) => wait instanceof Promise);
    return waits.length ? Promise.allSettled(waits) : null;
  }
}
