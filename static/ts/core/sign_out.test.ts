import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openStore } from "./idb";
import { attachSignOut, sendUnsent } from "./sign_out";

const entry = { key: "k1", path: "/api/v1/annotations", body: { answers: {} }, order: 2, owner: "me" };

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  document.body.innerHTML = '<form method="post" action="/accounts/logout/"><button>Sign out</button></form>';
});
afterEach(() => vi.unstubAllGlobals());

describe("what signing out would delete", () => {
  it("is sent first, in its order and with its keys", async () => {
    const { store } = await openStore<typeof entry>("concord-outbox");
    await store.put(entry);
    await store.put({ ...entry, key: "k0", order: 1 });
    const fetched = vi.fn().mockImplementation(async () => new Response("{}", { status: 201 }));
    vi.stubGlobal("fetch", fetched);
    expect(await sendUnsent()).toBe(0);
    expect(fetched.mock.calls.map((call) => (call[1] as RequestInit & { headers: Headers }).headers.get("Idempotency-Key"))).toEqual(["k0", "k1"]);
    expect(await store.all()).toEqual([]);
  });

  it("is counted where it cannot be sent, and kept", async () => {
    const { store } = await openStore<typeof entry>("concord-outbox");
    await store.put(entry);
    const drafts = await openStore<{ key: string; fence: number; draft: object }>("concord-drafts");
    await drafts.store.put({ key: "a1", fence: 3, draft: { answers: { q: "x" } } });
    vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("failed to fetch")));
    expect(await sendUnsent()).toBe(2);
    expect(await store.all()).toHaveLength(1);
  });

  it("makes no databases where there are none", async () => {
    expect(await sendUnsent()).toBe(0);
    expect(await indexedDB.databases()).toEqual([]);
  });
});

describe("signing out", () => {
  const submit = async (left: number, yes: boolean) => {
    const root = document.implementation.createHTMLDocument();
    root.body.innerHTML = '<form method="post" action="/accounts/logout/"></form>';
    const form = root.querySelector("form") as HTMLFormElement;
    const sent = vi.fn();
    form.submit = sent;
    const confirm = vi.fn().mockReturnValue(yes);
    attachSignOut(root, () => Promise.resolve(left), confirm);
    form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve));
    return { asked: confirm.mock.calls.length, sent: sent.mock.calls.length };
  };

  it("goes on at once where nothing waits, and asks where something is lost", async () => {
    expect(await submit(0, false)).toEqual({ asked: 0, sent: 1 });
    expect(await submit(2, false)).toEqual({ asked: 1, sent: 0 });
    expect(await submit(2, true)).toEqual({ asked: 1, sent: 1 });
  });

  it("lets other forms pass, also one with a field named action", () => {
    const root = document.implementation.createHTMLDocument();
    root.body.innerHTML = '<form method="post"><input name="action" value="claim"></form>';
    const send = vi.fn();
    attachSignOut(root, send);
    const event = new Event("submit", { bubbles: true, cancelable: true });
    root.querySelector("form")?.dispatchEvent(event);
    expect([event.defaultPrevented, send.mock.calls.length]).toEqual([false, 0]);
  });
});
