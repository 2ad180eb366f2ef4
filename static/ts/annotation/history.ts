/** The last submits of this page, newest last: what undo takes back and what may be looked at again. */
import type { Held } from "./queue";

export interface Past {
  held: Held;
  /** Key of its entry in the outbox. */
  key: string;
  annotation: string | null;
  etag: string | null;
  /** Resolves when the server has answered the submit, with its fate. */
  settled: Promise<"sent" | "refused">;
}

const KEPT = 10;

export class History {
  private past: Past[] = [];
  /** Submits without an answer yet, also those an undo has already taken off the list. */
  private readonly open = new Map<string, { past: Past; settle: (fate: "sent" | "refused") => void }>();

  get length(): number {
    return this.past.length;
  }

  add(held: Held, key: string): void {
    let settle: (fate: "sent" | "refused") => void = () => undefined;
    const settled = new Promise<"sent" | "refused">((resolve) => (settle = resolve));
    const past: Past = { held, key, annotation: null, etag: null, settled };
    this.open.set(key, { past, settle });
    this.past.push(past);
    while (this.past.length > KEPT) this.past.shift();
  }

  sent(key: string, annotation: string, etag: string | null): void {
    const open = this.open.get(key);
    if (!open) return;
    Object.assign(open.past, { annotation, etag });
    this.open.delete(key);
    open.settle("sent");
  }

  refused(key: string): Past | null {
    const open = this.open.get(key);
    if (!open) return null;
    this.remove(key);
    this.open.delete(key);
    open.settle("refused");
    return open.past;
  }

  last(): Past | null {
    return this.past.at(-1) ?? null;
  }

  at(index: number): Past | null {
    return this.past[index] ?? null;
  }

  remove(key: string): void {
    this.past = this.past.filter((candidate) => candidate.key !== key);
  }
}
