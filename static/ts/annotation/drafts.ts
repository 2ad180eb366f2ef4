/**
 * Unsent answers: in this browser at once, on the server within a second of the last change. What is kept here are ids
 * and answers. A draft that another window or device saved meanwhile is never written over unseen.
 */
import { Offline, Problem } from "../core/api";
import type { Api } from "../core/api";
import { same } from "../core/equal";
import type { Store } from "../core/idb";
import type { Held } from "./queue";
import type { Answers, Assignment, Remarks, StoredDraft } from "./types";

const PAUSE_MS = 700;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/** A draft in the browser's storage: there until the server has it. */
export interface LocalDraft {
  /** The id of its assignment. */
  key: string;
  owner: string;
  project: string;
  item: string;
  fence: number;
  draft: StoredDraft;
  /** What the server may hold as far as this page knows: the last one it took, and one that is under way. */
  seen: (StoredDraft | null)[];
  spent: number;
  at: number;
}

export interface DraftState {
  /** Drafts that the server does not have yet. */
  unsaved: number;
  trouble: "offline" | "server" | "signed-out" | "refused" | null;
}

export interface DraftListener {
  changed(): void;
  /** The lease went to somebody else while the draft was under way. */
  leaseLost(assignment: Assignment): void;
  /** Another window has submitted the item. */
  submitted(assignment: Assignment): void;
  /** Another window has saved a draft that this one has not seen. */
  rivalled(held: Held, rival: StoredDraft | null): void;
  refused(problem: Problem): void;
  signedOut(): void;
  unkept(): void;
}

export interface DraftOptions {
  api: Pick<Api, "put">;
  base: string;
  owner: string;
  project: string;
  store: Store<LocalDraft>;
  listener: DraftListener;
}

interface Pending {
  held: Held;
  draft: StoredDraft;
  sending: StoredDraft | null;
  /** Not tried again before something changes. */
  blocked: boolean;
}

/** What is kept of an item: its answers, and of the remarks those that were made. */
export function draftOf(answers: Answers, remarks: Remarks): StoredDraft {
  return {
    answers: { ...answers },
    ...(remarks.note ? { note: remarks.note } : {}),
    ...(remarks.flagged ? { flagged: true } : {}),
    ...(remarks.unclear ? { unclear: remarks.unclear } : {}),
  };
}

export class Drafts {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly pending = new Map<string, Pending>();
  /** What the server holds of an assignment, as far as this page knows. */
  private readonly known = new Map<string, StoredDraft | null>();
  private kept = new Map<string, LocalDraft>();
  /** The latest of each draft that is being written to the browser's storage. */
  private readonly writes = new Map<string, LocalDraft>();
  private trouble: DraftState["trouble"] = null;
  private retries = 0;

  constructor(private readonly options: DraftOptions) {}

  /** Reads what an earlier page left unsaved. */
  async open(): Promise<void> {
    const { store, owner, project } = this.options;
    const mine = (await store.all()).filter((draft) => draft.owner === owner && draft.project === project);
    this.kept = new Map(mine.map((draft) => [draft.key, draft]));
  }

  get state(): DraftState {
    return { unsaved: this.pending.size, trouble: this.pending.size ? this.trouble : null };
  }

  /** Drafts of an earlier page whose assignments were not given to this one. */
  get strays(): LocalDraft[] {
    return [...this.kept.values()].filter((draft) => draft.fence > 0);
  }

  // --- changes to an answer that was submitted: kept in this browser until they are sent or given up ---

  keepEdit(annotation: string | null, held: Held): void {
    if (annotation === null) return;
    const { owner, project } = this.options;
    const edit: LocalDraft = {
      key: annotation, owner, project, item: held.assignment.item.id, fence: 0, draft: draftOf(held.answers, held.remarks), seen: [], spent: 0, at: Date.now(),
    };
    this.kept.set(annotation, edit);
    this.put(edit);
  }

  editOf(annotation: string | null): Answers | null {
    return annotation === null ? null : (this.kept.get(annotation)?.draft.answers ?? null);
  }

  forgetEdit(annotation: string | null): void {
    if (annotation === null || !this.kept.delete(annotation)) return;
    this.unkeep(annotation);
  }

  /** An assignment came from the server: what this browser has of it and the server has not, comes back. */
  restore(held: Held): void {
    const { id, draft, item } = held.assignment;
    this.known.set(id, draft);
    // an ended lease may have been given to the same person anew
    const kept = this.kept.get(id) ?? this.strays.find((stray) => stray.item === item.id);
    if (!kept) return;
    this.kept.delete(kept.key);
    if (kept.key !== id) this.unkeep(kept.key);
    if (same(draft, kept.draft)) return void this.unkeep(id);
    held.answers = { ...kept.draft.answers };
    held.remarks = { note: kept.draft.note ?? "", flagged: kept.draft.flagged ?? false, unclear: kept.draft.unclear ?? null };
    held.spent = Math.max(held.spent, kept.spent);
    held.touched = kept.at;
    const pending = { held, draft: kept.draft, sending: null, blocked: false };
    this.pending.set(id, pending);
    this.keep(pending);
    if (kept.seen.some((seen) => same(seen, draft))) return this.saveSoon(0);
    held.rival = draft;
    pending.blocked = true;
  }

  /** The person changed something of an item. `hold` keeps it in this browser only, until it is noted again. */
  note(held: Held, hold = false): void {
    const { id } = held.assignment;
    const draft = draftOf(held.answers, held.remarks);
    const before = this.pending.get(id);
    if (!before && same(draft, this.known.get(id) ?? null)) return;
    const blocked = hold || held.rival !== undefined;
    const pending = { held, draft, sending: before?.sending ?? null, blocked };
    if (before) Object.assign(before, pending);
    else this.pending.set(id, pending);
    held.touched = Date.now();
    this.keep(this.pending.get(id) ?? pending);
    this.options.listener.changed();
    if (!blocked) this.saveSoon(PAUSE_MS);
  }

  /** The person has chosen between a rival's draft and his own. */
  settle(held: Held): void {
    if (held.rival === undefined) return;
    this.known.set(held.assignment.id, held.rival);
    delete held.rival;
    this.note(held);
  }

  /** A submit or skip makes the server's draft pointless; the one in this browser goes with `forget`. */
  stop(assignment: string): void {
    this.pending.delete(assignment);
    if (!this.pending.size) this.trouble = null;
    this.options.listener.changed();
  }

  forget(assignment: string): void {
    this.stop(assignment);
    this.kept.delete(assignment);
    this.unkeep(assignment);
  }

  private unkeep(assignment: string): void {
    // a write under way comes before the deletion; one that waits for it would come after
    this.writes.delete(assignment);
    this.options.store.delete(assignment).catch(() => undefined); // an old copy is told from the server's by its content
  }

  private keep({ held, draft, sending }: Pending): void {
    const { owner, project } = this.options;
    const { id, fence, item } = held.assignment;
    const seen = [this.known.get(id) ?? null, ...(sending ? [sending] : [])];
    this.put({ key: id, owner, project, item: item.id, fence, draft, seen, spent: held.spent, at: held.touched ?? Date.now() });
  }

  /** One write at a time for each draft, and always the latest: while typing, most of them are out of date at once. */
  private put(draft: LocalDraft): void {
    const writing = this.writes.has(draft.key);
    this.writes.set(draft.key, draft);
    if (!writing) void this.write(draft);
  }

  private async write(draft: LocalDraft): Promise<void> {
    try {
      await this.options.store.put(draft);
    } catch {
      this.options.listener.unkept();
    }
    const latest = this.writes.get(draft.key);
    if (latest && latest !== draft) return this.write(latest);
    this.writes.delete(draft.key);
  }

  private saveSoon(ms: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  /** Sends every draft the server does not have; true if it has them all then. */
  async save(keepalive = false): Promise<boolean> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const due = [...this.pending.values()].filter((pending) => !pending.sending && !pending.blocked);
    const saved = await Promise.all(due.map((pending) => this.send(pending, keepalive)));
    return saved.every(Boolean);
  }

  private async send(pending: Pending, keepalive: boolean): Promise<boolean> {
    const { api, base } = this.options;
    const { id, fence } = pending.held.assignment;
    const draft = pending.draft;
    pending.sending = draft;
    this.keep(pending);
    try {
      await api.put(`${base}/assignments/${id}/draft`, { fence, ...draft, base: this.known.get(id) ?? null }, { keepalive });
      this.known.set(id, draft);
      this.trouble = null;
      this.retries = 0;
      this.taken(id, pending, draft);
      return true;
    } catch (error) {
      if (this.pending.get(id) === pending) this.failed(pending, error);
      return false;
    } finally {
      pending.sending = null;
      this.options.listener.changed();
    }
  }

  private taken(id: string, pending: Pending, draft: StoredDraft): void {
    if (this.pending.get(id) !== pending) return;
    if (pending.draft !== draft) return this.saveSoon(PAUSE_MS);
    this.pending.delete(id);
    this.unkeep(id);
  }

  private failed(pending: Pending, error: unknown): void {
    const { listener } = this.options;
    if (error instanceof Offline) return this.tryAgain("offline");
    if (!(error instanceof Problem)) throw error;
    if (error.temporary) return this.tryAgain("server");
    if (error.signedOut) {
      this.trouble = "signed-out";
      return listener.signedOut();
    }
    pending.blocked = true;
    const { held } = pending;
    if (error.status === 412) {
      held.rival = (error.data["draft"] as StoredDraft | null | undefined) ?? null;
      return listener.rivalled(held, held.rival);
    }
    if (error.code === "lease_lost") return listener.leaseLost(held.assignment);
    if (error.code === "already_submitted") return listener.submitted(held.assignment);
    this.trouble = "refused";
    listener.refused(error);
  }

  private tryAgain(trouble: "offline" | "server"): void {
    this.trouble = trouble;
    this.retries += 1;
    if (this.timer === null) this.saveSoon(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.retries - 1, 5)));
  }
}
