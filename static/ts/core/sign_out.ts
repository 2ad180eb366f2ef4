/**
 * Signing out empties this browser's storage, so that nobody finds anything in it. Work that the server does not have
 * yet is sent before; what cannot be sent is spoken of, and signing out is then a second decision.
 */
import { api, Offline, Problem } from "./api";
import { openStore } from "./idb";
import type { Store } from "./idb";

/** What this page needs to know of what others keep; see annotation/outbox.ts and annotation/drafts.ts. */
interface Unsent {
  key: string;
  path: string;
  body: unknown;
  order: number;
  etag?: string;
}

interface Begun {
  key: string;
  fence: number;
  draft: object;
}

const OUTBOX = "concord-outbox";
const DRAFTS = "concord-drafts";

async function storesThatExist(): Promise<Set<string>> {
  if (typeof indexedDB === "undefined" || !indexedDB.databases) return new Set([OUTBOX, DRAFTS]);
  return new Set((await indexedDB.databases()).map(({ name }) => name ?? ""));
}

async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (error instanceof Offline || error instanceof Problem) return false;
    throw error;
  }
}

async function sendAll<T extends { key: string }>(name: string, send: (entry: T) => Promise<unknown>, order: (a: T, b: T) => number): Promise<number> {
  const { store }: { store: Store<T> } = await openStore<T>(name);
  let left = 0;
  for (const entry of (await store.all()).sort(order)) {
    if (await attempt(() => send(entry))) await store.delete(entry.key);
    else left += 1;
  }
  return left;
}

/** Sends what waits in this browser, each with its own key; returns how much could not be sent. */
export async function sendUnsent(): Promise<number> {
  const known = await storesThatExist();
  const options = { timeout: 8_000 };
  const submit = ({ key, path, body, etag }: Unsent) =>
    etag === undefined ? api.post(path, body, { key, ...options }) : api.patch(path, body, { key, etag, ...options });
  const keep = ({ key, fence, draft }: Begun) => (fence === 0 ? Promise.reject(new Offline("a change that was not confirmed")) : api.put(`/api/v1/assignments/${key}/draft`, { fence, ...draft }, options));
  const answers = known.has(OUTBOX) ? await sendAll<Unsent>(OUTBOX, submit, (a, b) => a.order - b.order) : 0;
  const drafts = known.has(DRAFTS) ? await sendAll<Begun>(DRAFTS, keep, () => 0) : 0;
  return answers + drafts;
}

export function attachSignOut(root: Document, send: () => Promise<number> = sendUnsent, confirm: (words: string) => boolean = (words) => window.confirm(words)): void {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    // a field named "action" hides the property of that name
    if (!(form instanceof HTMLFormElement) || form.getAttribute("action") !== "/accounts/logout/") return;
    event.preventDefault();
    void send()
      .catch(() => 0) // a storage that cannot be read keeps nothing either
      .then((left) => {
        const words = `${left} ${left === 1 ? "answer or draft is" : "answers and drafts are"} not saved yet, and signing out deletes ${left === 1 ? "it" : "them"} from this browser. Sign out all the same?`;
        if (left > 0 && !confirm(words)) return;
        root.dispatchEvent(new CustomEvent("concord:leaving"));
        form.submit();
      });
  });
}
