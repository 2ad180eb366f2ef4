import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Offline, Problem } from "../core/api";
import { openStore } from "../core/idb";
import { Outbox } from "./outbox";
import type { OutboxEntry, OutboxListener } from "./outbox";

type Post = (path: string, body: unknown, options: { key?: string }) => Promise<{ data: unknown; status: number; etag: string | null }>;

const ok = { data: { id: "annotation" }, status: 201, etag: '"1"' };

function entry(key: string, kind: OutboxEntry["kind"] = "annotation") {
  return { key, kind, path: "/api/v1/annotations", body: { assignment: `a-${key}`, answers: { q: "x" } }, assignment: `a-${key}`, item: `i-${key}` };
}

function problem(status: number, code: string, retryAfter: number | null = null): Problem {
  return new Problem(status, code, code, "", [], retryAfter);
}

async function open(post: Post, listener: OutboxListener = {}) {
  const { store } = await openStore<OutboxEntry>("test-outbox");
  const timers: { run: () => void; ms: number }[] = [];
  const schedule = (run: () => void, ms: number) => timers.push({ run, ms });
  const outbox = await Outbox.open({ store, api: { post: post as never }, owner: "me", listener, schedule });
  return { outbox, store, timers };
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

describe("outbox", () => {
  it("keeps an entry before it is sent and forgets it once acknowledged", async () => {
    const seen: number[] = [];
    const { store } = await openStore<OutboxEntry>("test-outbox");
    const post = vi.fn<Post>(async () => {
      seen.push((await store.all()).length);
      return ok;
    });
    const sent = vi.fn();
    const { outbox } = await open(post, { sent });
    await outbox.add(entry("k1"));
    expect(seen).toEqual([1]);
    expect(await store.all()).toEqual([]);
    expect(sent).toHaveBeenCalledWith(expect.objectContaining({ key: "k1" }), ok.data, ok.etag);
    expect(outbox.state).toMatchObject({ queued: 0, failed: 0, offline: false });
  });

  it("sends again with the same key and body after the network was away", async () => {
    const post = vi.fn<Post>().mockRejectedValueOnce(new Offline("no")).mockResolvedValue(ok);
    const { outbox, timers } = await open(post);
    await outbox.add(entry("k1"));
    expect(outbox.state).toMatchObject({ queued: 1, offline: true });
    expect(timers.map((timer) => timer.ms)).toEqual([1000]);
    timers[0]?.run();
    await outbox.flush();
    expect(post.mock.calls.map((call) => [call[1], call[2].key])).toEqual([
      [entry("k1").body, "k1"],
      [entry("k1").body, "k1"],
    ]);
    expect(outbox.state).toMatchObject({ queued: 0, offline: false });
  });

  it("resumes after the page was closed, in the order of the submits", async () => {
    const first = await open(vi.fn<Post>().mockRejectedValue(new Offline("no")));
    await first.outbox.add(entry("k1"));
    await first.outbox.add(entry("k2"));
    const post = vi.fn<Post>().mockResolvedValue(ok);
    const { outbox } = await open(post);
    expect(outbox.state.queued).toBe(2);
    expect([...outbox.assignments]).toEqual(["a-k1", "a-k2"]);
    await outbox.flush();
    expect(post.mock.calls.map((call) => call[2].key)).toEqual(["k1", "k2"]);
  });

  it("never sends what another person left in this browser", async () => {
    const { store } = await openStore<OutboxEntry>("test-outbox");
    await store.put({ ...entry("theirs"), owner: "them", order: 1, attempts: 0, refused: null });
    const post = vi.fn<Post>().mockResolvedValue(ok);
    const { outbox } = await open(post);
    await outbox.flush();
    expect(post).not.toHaveBeenCalled();
    expect(await store.all()).toHaveLength(1);
  });

  it("waits as long as the server asks, and stops at the first that must wait", async () => {
    const post = vi.fn<Post>().mockRejectedValueOnce(problem(503, "unavailable", 4)).mockResolvedValue(ok);
    const { outbox, timers } = await open(post);
    await Promise.all([outbox.add(entry("k1")), outbox.add(entry("k2"))]);
    await outbox.flush();
    expect(timers[0]?.ms).toBe(4000);
    expect(post.mock.calls.slice(0, 2).map((call) => call[2].key)).toEqual(["k1", "k1"]);
  });

  it("takes a key that is running elsewhere for something to repeat", async () => {
    const post = vi.fn<Post>().mockRejectedValueOnce(problem(409, "idempotency_key_in_progress", 1)).mockResolvedValue(ok);
    const { outbox, timers } = await open(post);
    await outbox.add(entry("k1"));
    expect(outbox.state).toMatchObject({ queued: 1, failed: 0 });
    timers[0]?.run();
    await outbox.flush();
    expect(outbox.state.queued).toBe(0);
  });

  it("keeps a refused entry, goes on with the next, and tells why", async () => {
    const post = vi.fn<Post>().mockRejectedValueOnce(problem(409, "lease_lost")).mockResolvedValue(ok);
    const refused = vi.fn();
    const { outbox } = await open(post, { refused });
    await Promise.all([outbox.add(entry("k1")), outbox.add(entry("k2"))]);
    await outbox.flush();
    expect(refused).toHaveBeenCalledWith(expect.objectContaining({ key: "k1" }), expect.objectContaining({ code: "lease_lost" }));
    expect(outbox.state).toMatchObject({ queued: 0, failed: 1 });
    expect(outbox.failures[0]?.refused).toMatchObject({ status: 409, code: "lease_lost" });
    await outbox.retry();
    expect(outbox.state.failed).toBe(0);
    expect(post.mock.calls.at(-1)?.[2].key).toBe("k1");
  });

  it("keeps everything while signed out and sends it after", async () => {
    const post = vi.fn<Post>().mockRejectedValueOnce(problem(401, "invalid_token")).mockResolvedValue(ok);
    const { outbox, store } = await open(post);
    await outbox.add(entry("k1"));
    await outbox.add(entry("k2"));
    expect(outbox.state).toMatchObject({ queued: 2, signedOut: true });
    expect(post).toHaveBeenCalledTimes(1);
    expect(await store.all()).toHaveLength(2);
    await outbox.retry();
    expect(outbox.state).toMatchObject({ queued: 0, signedOut: false });
  });

  it("takes a skip that the server no longer knows for done", async () => {
    const { outbox } = await open(vi.fn<Post>().mockRejectedValue(problem(404, "not_found")));
    await outbox.add(entry("k1", "skip"));
    expect(outbox.state).toMatchObject({ queued: 0, failed: 0 });
  });

  it("takes back only what was never sent", async () => {
    let release: (value: typeof ok) => void = () => undefined;
    const post = vi.fn<Post>().mockImplementationOnce(() => new Promise((resolve) => (release = resolve)));
    const { outbox } = await open(post);
    const adding = outbox.add(entry("k1"));
    await vi.waitFor(() => expect(post).toHaveBeenCalled());
    const second = outbox.add(entry("k2"));
    expect(await outbox.cancel("k1")).toBe(false);
    expect(await outbox.cancel("k2")).toBe(true);
    release(ok);
    await Promise.all([adding, second]);
    expect(post).toHaveBeenCalledTimes(1);
    expect(outbox.state.queued).toBe(0);
  });

  it("stores ids and answers but no text of an item", async () => {
    const { outbox, store } = await open(vi.fn<Post>().mockRejectedValue(new Offline("no")));
    await outbox.add(entry("k1"));
    const kept = (await store.all())[0];
    expect(Object.keys(kept ?? {}).sort()).toEqual(["assignment", "attempts", "body", "item", "key", "kind", "order", "owner", "path", "refused"]);
  });

  it("works without storage as long as the page lives", async () => {
    globalThis.indexedDB = undefined as unknown as IDBFactory;
    const { store, lasting } = await openStore<OutboxEntry>("test-outbox");
    expect(lasting).toBe(false);
    const post = vi.fn<Post>().mockResolvedValue(ok);
    const outbox = await Outbox.open({ store, api: { post: post as never }, owner: "me" });
    await outbox.add(entry("k1"));
    expect(post).toHaveBeenCalledTimes(1);
    expect(await store.all()).toEqual([]);
  });
});
