/**
 * Work that the server has not acknowledged yet. Each request is kept in the browser with its own
 * idempotency key before it is sent, and sent again with the same key until there is an answer.
 * It holds ids and answers, never the text of an item.
 */
import { Offline, Problem } from "../core/api";
import type { Api } from "../core/api";
import type { Store } from "../core/idb";

export type OutboxKind = "annotation" | "skip" | "release";

export interface OutboxEntry {
  /** The idempotency key, and the entry's own. */
  key: string;
  kind: OutboxKind;
  owner: string;
  path: string;
  body: Record<string, unknown>;
  assignment: string;
  item: string;
  order: number;
  attempts: number;
  /** Set once the server has refused it for good. */
  refused: { status: number; code: string; detail: string; errors: { pointer: string; detail: string }[] } | null;
}

export interface OutboxState {
  queued: number;
  failed: number;
  sending: boolean;
  offline: boolean;
  signedOut: boolean;
}

export interface OutboxListener {
  sent?(entry: OutboxEntry, data: unknown, etag: string | null): void;
  refused?(entry: OutboxEntry, problem: Problem): void;
  changed?(state: OutboxState): void;
}

export interface OutboxOptions {
  store: Store<OutboxEntry>;
  api: Pick<Api, "post">;
  owner: string;
  listener?: OutboxListener;
  now?: () => number;
  schedule?: (run: () => void, ms: number) => unknown;
}

const LONGEST_PAUSE_MS = 30_000;

export function newKey(): string {
  return crypto.randomUUID();
}

/** A skip or release that the server no longer knows has had its effect already. */
function hasTakenEffect(entry: OutboxEntry, problem: Problem): boolean {
  return entry.kind !== "annotation" && (problem.status === 404 || problem.status === 409);
}

export class Outbox {
  private entries: OutboxEntry[] = [];
  private running: Promise<void> | null = null;
  private inFlight: string | null = null;
  private offline = false;
  private signedOut = false;
  private timerSet = false;
  private last = 0;

  private constructor(private readonly options: OutboxOptions) {}

  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    const kept = (await options.store.all()).filter((entry) => entry.owner === options.owner);
    outbox.entries = kept.sort((a, b) => a.order - b.order);
    outbox.last = outbox.entries.at(-1)?.order ?? 0;
    outbox.announce();
    return outbox;
  }

  get state(): OutboxState {
    const failed = this.entries.filter((entry) => entry.refused).length;
    return {
      queued: this.entries.length - failed,
      failed,
      sending: this.inFlight !== null,
      offline: this.offline,
      signedOut: this.signedOut,
    };
  }

  /** Assignments whose end is on its way to the server, which still counts them as open. */
  get assignments(): Set<string> {
    return new Set(this.entries.map((entry) => entry.assignment));
  }

  get failures(): OutboxEntry[] {
    return this.entries.filter((entry) => entry.refused);
  }

  async add(entry: Pick<OutboxEntry, "key" | "kind" | "path" | "body" | "assignment" | "item">): Promise<void> {
    // strictly increasing, so that two submits within a millisecond keep their order
    this.last = Math.max(this.last + 1, (this.options.now ?? Date.now)());
    const whole: OutboxEntry = { ...entry, owner: this.options.owner, order: this.last, attempts: 0, refused: null };
    this.entries.push(whole);
    this.announce();
    await this.options.store.put(whole);
    await this.flush();
  }

  /** Takes an entry back if it has not been sent; false once the server may have seen it. */
  async cancel(key: string): Promise<boolean> {
    const entry = this.entries.find((candidate) => candidate.key === key);
    if (!entry || this.inFlight === key || entry.attempts > 0) return false;
    await this.drop(entry);
    return true;
  }

  /** Sends what was refused once more, for example after signing in or after a fault was repaired. */
  async retry(): Promise<void> {
    this.signedOut = false;
    for (const entry of this.failures) {
      entry.refused = null;
      await this.options.store.put(entry);
    }
    this.announce();
    await this.flush();
  }

  async dismissFailures(): Promise<void> {
    for (const entry of this.failures) await this.drop(entry);
  }

  /** Sends everything that waits, oldest first, one at a time. */
  flush(): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = null;
      this.announce();
    });
    return this.running;
  }

  private async run(): Promise<void> {
    for (;;) {
      const entry = this.entries.find((candidate) => !candidate.refused);
      if (!entry || this.signedOut) return;
      if (!(await this.send(entry))) return;
    }
  }

  /** True if the next one may be tried at once. */
  private async send(entry: OutboxEntry): Promise<boolean> {
    this.inFlight = entry.key;
    entry.attempts += 1;
    this.announce();
    try {
      const answer = await this.options.api.post<unknown>(entry.path, entry.body, { key: entry.key });
      this.offline = false;
      await this.drop(entry);
      this.options.listener?.sent?.(entry, answer.data, answer.etag);
      return true;
    } catch (error) {
      return await this.handle(entry, error);
    } finally {
      this.inFlight = null;
    }
  }

  private async handle(entry: OutboxEntry, error: unknown): Promise<boolean> {
    if (error instanceof Offline) {
      this.offline = true;
      await this.options.store.put(entry);
      this.wait(entry.attempts, null);
      return false;
    }
    if (!(error instanceof Problem)) throw error;
    this.offline = false;
    if (error.signedOut) {
      this.signedOut = true;
      return false;
    }
    if (error.temporary) {
      await this.options.store.put(entry);
      this.wait(entry.attempts, error.retryAfter);
      return false;
    }
    if (hasTakenEffect(entry, error)) {
      await this.drop(entry);
      return true;
    }
    entry.refused = { status: error.status, code: error.code, detail: error.message, errors: error.errors };
    await this.options.store.put(entry);
    this.options.listener?.refused?.(entry, error);
    return true;
  }

  private wait(attempts: number, retryAfter: number | null): void {
    if (this.timerSet) return;
    this.timerSet = true;
    const pause = retryAfter === null ? Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.min(attempts - 1, 6)) : retryAfter * 1000;
    (this.options.schedule ?? setTimeout)(() => {
      this.timerSet = false;
      void this.flush();
    }, pause);
  }

  /** Removes an entry whose fate is known. */
  async drop(entry: OutboxEntry): Promise<void> {
    this.entries = this.entries.filter((candidate) => candidate.key !== entry.key);
    await this.options.store.delete(entry.key);
    this.announce();
  }

  private announce(): void {
    this.options.listener?.changed?.(this.state);
  }
}
