/**
 * The last submits, newest last: what undo takes back and what may be looked at again. Those of this page are known at
 * once; earlier ones, of other pages and devices, are fetched when they are first asked for.
 */
import type { Held } from "./queue";
import type { Annotation } from "./types";

export interface Past {
  held: Held;
  /** Key of its entry in the outbox; empty for what came from the server. */
  key: string;
  annotation: string | null;
  etag: string | null;
  /** Resolves when the server has answered the submit. */
  settled: Promise<Annotation | null>;
}

const KEPT = 10;

export class History {
  private past: Past[] = [];
  /** Submits without an answer yet, also those an undo has already taken off the list. */
  private readonly open = new Map<string, { past: Past; settle: (fate: Annotation | null) => void }>();
  /** What undo took back, newest last: what redo submits again. */
  private taken: Held[] = [];
  private asked: Promise<void> | null = null;

  constructor(private readonly fetchEarlier: () => Promise<Past[]> = () => Promise.resolve([])) {}

  get length(): number {
    return this.past.length;
  }

  add(held: Held, key: string): Past {
    let settle: (fate: Annotation | null) => void = () => undefined;
    const settled = new Promise<Annotation | null>((resolve) => (settle = resolve));
    const past: Past = { held, key, annotation: null, etag: null, settled };
    this.open.set(key, { past, settle });
    this.push(past);
    return past;
  }

  private push(past: Past): void {
    this.past.push(past);
    while (this.past.length > KEPT) this.past.shift();
  }

  /** Puts the submits of earlier pages before those of this one; asked once, and again after a failure. */
  loadEarlier(): Promise<void> {
    if (this.past.length >= KEPT) return Promise.resolve();
    this.asked ??= this.fetchEarlier().then((earlier) => this.putBefore(earlier));
    this.asked.catch(() => (this.asked = null));
    return this.asked;
  }

  private putBefore(earlier: Past[]): void {
    const known = new Set(this.past.map((past) => past.annotation));
    const items = new Set(this.past.map((past) => past.held.assignment.item.id));
    const older = earlier.filter((past) => !known.has(past.annotation) && !items.has(past.held.assignment.item.id));
    this.past = [...older, ...this.past].slice(-KEPT);
  }

  sent(key: string, annotation: Annotation, etag: string | null): void {
    const open = this.open.get(key);
    if (!open) return;
    Object.assign(open.past, { annotation: annotation.id, etag });
    this.open.delete(key);
    open.settle(annotation);
  }

  refused(key: string): Past | null {
    const open = this.open.get(key);
    if (!open) return null;
    this.remove(key);
    this.open.delete(key);
    open.settle(null);
    return open.past;
  }

  last(): Past | null {
    return this.past.at(-1) ?? null;
  }

  at(index: number): Past | null {
    return this.past[index] ?? null;
  }

  byAnnotation(id: string): Past | null {
    return this.past.find((past) => past.annotation === id) ?? null;
  }

  /** The place of an annotation, put in front of the others if it is older than they. */
  placeOf(past: Past): number {
    const place = this.past.findIndex((known) => known.annotation === past.annotation);
    if (place >= 0) return place;
    this.past.unshift(past);
    return 0;
  }

  remove(key: string): void {
    this.past = this.past.filter((candidate) => candidate.key !== key);
  }

  drop(past: Past): void {
    this.past = this.past.filter((candidate) => candidate !== past);
  }

  // --- redo ---

  keepTaken(held: Held): void {
    this.taken.push({ ...held, answers: { ...held.answers }, remarks: { ...held.remarks } });
  }

  /** The last one that undo took back, if it is the item on the screen. */
  popTaken(item: string): Held | null {
    if (this.taken.at(-1)?.assignment.item.id !== item) return null;
    return this.taken.pop() ?? null;
  }

  /** Something new was submitted: there is nothing left to do again. */
  forgetTaken(): void {
    this.taken = [];
  }
}
