/**
 * Work that the server has not acknowledged yet. Each request is kept in the browser with its own
 * idempotency key before it is sent, and sent again with the same key until there is an answer.
 * It holds ids and answers, never the text of an item. Nothing leaves it but by a 2xx or by the person's own word.
 */
import { Offline, Problem } from "../core/api";
import type { Answer, Api } from "../core/api";
import type { Store } from "../core/idb";

export type OutboxKind = "annotation" | "edit" | "skip" | "release";

/** Why the server refused an entry for good. */
export interface Refusal {
  status: number;
  code: string;
  detail: string;
  errors: { pointer: string; detail: string }[];
  /** Address of the stored answer that stands in the way of this one. */
  stored?: string;
}

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
  refused: Refusal | null;
  /** The version a change was made from; with it the entry is a PATCH. */
  etag?: string;
}

export type NewEntry = Pick<OutboxEntry, "key" | "kind" | "path" | "body" | "assignment" | "item" | "etag">;

export interface OutboxState {
  queued: number;
  failed: number;
  sending: boolean;
  offline: boolean;
  /** The server answered, but could not take it yet. */
  troubled: boolean;
  signedOut: boolean;
}

export interface OutboxListener {
  sent?(entry: OutboxEntry, data: unknown, etag: string | null): void;
  refused?(entry: OutboxEntry, problem: Problem): void;
  changed?(state: OutboxState): void;
  /** The browser does not keep what it was given: the page must not be closed. */
  unkept?(): void;
}

export interface OutboxOptions {
  store: Store<OutboxEntry>;
  api: Pick<Api, "post"> & Partial<Pick<Api, "patch">>;
  owner: string;
  listener?: OutboxListener;
  /** Id of whoever is signed in now, or null; asked where an answer may be meant for somebody else. */
  whoami?: () => Promise<string | null>;
  now?: () => number;
  schedule?: (run: () => void, ms: number) => unknown;
}

const LONGEST_PAUSE_MS = 30_000;
const PATIENCE_MS = 20_000;

export function newKey(): string {
  return crypto.randomUUID();
}

/** A skip or release that the server no longer knows has had its effect already. */
function hasTakenEffect(entry: OutboxEntry, problem: Problem): boolean {
  return (entry.kind === "skip" || entry.kind === "release") && (problem.status === 404 || problem.status === 409);
}

/** What only the server itself can have said: a page of some network on the way says something else. */
function isReceipt(entry: OutboxEntry, answer: Answer<unknown>): boolean {
  if (entry.kind === "skip" || entry.kind === "release") return answer.status === 204;
  return typeof (answer.data as { id?: unknown } | undefined)?.id === "string";
}

export function refusalOf(problem: Problem): Refusal {
  const stored = problem.data["annotation"] ?? problem.data["superseded_by"];
  const found = { status: problem.status, code: problem.code, detail: problem.message, errors: problem.errors };
  return typeof stored === "string" ? { ...found, stored } : found;
}

export class Outbox {
  private entries: OutboxEntry[] = [];
  private running: Promise<void> | null = null;
  private inFlight: string | null = null;
  private offline = false;
  private troubled = false;
  private signedOut = false;
  private timerSet = false;
  private stopped = false;
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
      troubled: this.troubled,
      signedOut: this.signedOut,
    };
  }

  /** Assignments whose end is on its way to the server, which still counts them as open. */
  get assignments(): Set<string> {
    return new Set(this.entries.filter((entry) => entry.assignment).map((entry) => entry.assignment));
  }

  get failures(): OutboxEntry[] {
    return this.entries.filter((entry) => entry.refused);
  }

  /** Submits that wait, oldest first. */
  get submits(): OutboxEntry[] {
    return this.entries.filter((entry) => entry.kind === "annotation" && !entry.refused);
  }

  /** Takes an entry over. `kept` settles once the browser holds it, the promise itself once it was tried. */
  async add(entry: NewEntry, kept: () => void = () => undefined): Promise<void> {
    await this.keep(this.enter(entry, null));
    kept();
    await this.flush();
  }

  /** Keeps an answer that cannot be sent, until the person says what becomes of it. */
  async park(entry: NewEntry, refused: Refusal): Promise<void> {
    await this.keep(this.enter(entry, refused));
  }

  private enter(entry: NewEntry, refused: Refusal | null): OutboxEntry {
    // strictly increasing, so that two submits within a millisecond keep their order
    this.last = Math.max(this.last + 1, (this.options.now ?? Date.now)());
    const whole: OutboxEntry = { ...entry, owner: this.options.owner, order: this.last, attempts: 0, refused };
    this.entries.push(whole);
    this.announce();
    return whole;
  }

  private async keep(entry: OutboxEntry): Promise<void> {
    try {
      await this.options.store.put(entry);
    } catch {
      // a full or broken storage is no reason not to send; it is one to say so
      this.options.listener?.unkept?.();
    }
  }

  /** Takes an entry back if it has not been sent; false once the server may have seen it. */
  async cancel(key: string): Promise<boolean> {
    const entry = this.entries.find((candidate) => candidate.key === key);
    if (!entry || this.inFlight === key || entry.attempts > 0) return false;
    await this.drop(entry);
    return true;
  }

  /** Sends what was refused once more, for example after signing in or after a fault was repaired. */
  async retry(only?: OutboxEntry): Promise<void> {
    this.signedOut = false;
    for (const entry of only ? [only] : this.failures) {
      entry.refused = null;
      await this.keep(entry);
    }
    this.announce();
    await this.flush();
  }

  /** Sends everything that waits, oldest first, one at a time. */
  flush(): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = null;
      this.announce();
    });
    return this.running;
  }

  /** Sends nothing more: another window has taken the entries over. */
  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    if (this.signedOut && !(await this.isBack())) return;
    for (;;) {
      const entry = this.entries.find((candidate) => !candidate.refused);
      if (!entry || this.signedOut || this.stopped) return;
      if (!(await this.send(entry))) return;
    }
  }

  /** Whether the owner of the entries has signed in again, perhaps in another tab. */
  private async isBack(): Promise<boolean> {
    if (!(await this.isOwner())) return false;
    this.signedOut = false;
    this.announce();
    return true;
  }

  private async isOwner(): Promise<boolean> {
    try {
      return (await this.options.whoami?.()) === this.options.owner;
    } catch (error) {
      if (error instanceof Offline || error instanceof Problem) return false;
      throw error;
    }
  }

  /** True if the next one may be tried at once. */
  private async send(entry: OutboxEntry): Promise<boolean> {
    this.inFlight = entry.key;
    entry.attempts += 1;
    this.announce();
    try {
      const answer = await this.request(entry);
      if (!isReceipt(entry, answer)) throw new Offline("the answer is not the server's");
      this.offline = this.troubled = false;
      await this.drop(entry);
      this.options.listener?.sent?.(entry, answer.data, answer.etag);
      return true;
    } catch (error) {
      return await this.handle(entry, error);
    } finally {
      this.inFlight = null;
    }
  }

  private request(entry: OutboxEntry): Promise<Answer<unknown>> {
    const { api } = this.options;
    const options = { key: entry.key, timeout: PATIENCE_MS };
    if (entry.etag === undefined || !api.patch) return api.post<unknown>(entry.path, entry.body, options);
    return api.patch<unknown>(entry.path, entry.body, { ...options, etag: entry.etag });
  }

  private async handle(entry: OutboxEntry, error: unknown): Promise<boolean> {
    if (error instanceof Offline) {
      this.offline = true;
      await this.keep(entry);
      this.wait(entry.attempts, null);
      return false;
    }
    if (!(error instanceof Problem)) throw error;
    this.offline = false;
    if (error.temporary) {
      this.troubled = true;
      await this.keep(entry);
      this.wait(entry.attempts, error.retryAfter);
      return false;
    }
    if (error.signedOut || ((error.status === 403 || error.status === 404) && this.options.whoami && !(await this.isOwner()))) {
      return await this.signOut();
    }
    this.troubled = false;
    if (hasTakenEffect(entry, error)) {
      await this.drop(entry);
      return true;
    }
    entry.refused = refusalOf(error);
    await this.keep(entry);
    this.options.listener?.refused?.(entry, error);
    return true;
  }

  private async signOut(): Promise<boolean> {
    this.signedOut = true;
    // signing out may have emptied the browser's storage under an open page
    for (const entry of this.entries) await this.keep(entry);
    return false;
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
    try {
      await this.options.store.delete(entry.key);
    } catch {
      // it may be sent once more from a later page; the key makes that harmless
    }
    this.announce();
  }

  private announce(): void {
    this.options.listener?.changed?.(this.state);
  }
}
