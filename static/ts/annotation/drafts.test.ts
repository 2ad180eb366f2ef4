import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Offline, Problem } from "../core/api";
import { openStore } from "../core/idb";
import { Drafts } from "./drafts";
import type { LocalDraft } from "./drafts";
import { hold } from "./queue";
import type { Assignment, StoredDraft } from "./types";

const listener = { changed: vi.fn(), leaseLost: vi.fn(), submitted: vi.fn(), rivalled: vi.fn(), refused: vi.fn(), signedOut: vi.fn(), unkept: vi.fn() };
const put = vi.fn();

function assignment(id: string, draft: StoredDraft | null = null, item = `item-${id}`): Assignment {
  return { id, fence: 1, round: "r", expires_at: "2026-01-01T00:10:00Z", item: { id: item, fields: { text: "zebra crossing" } }, guideline_version: 1, suggestion: null, draft };
}

async function open() {
  const { store } = await openStore<LocalDraft>("test-drafts");
  const drafts = new Drafts({ api: { put }, base: "/api/v1", owner: "me", project: "p", store, listener });
  await drafts.open();
  return { drafts, store };
}

/** A held item that the person has just answered. */
function begun(drafts: Drafts, id = "a", draft: StoredDraft | null = null) {
  const held = hold(assignment(id, draft));
  drafts.restore(held);
  held.answers = { q: "mine" };
  drafts.note(held);
  return held;
}

beforeEach(() => {
  vi.resetAllMocks();
  globalThis.indexedDB = new IDBFactory();
  put.mockResolvedValue({ data: {}, status: 200, etag: null });
});

afterEach(() => vi.useRealTimers());

describe("drafts", () => {
  it("are in the browser at once, and leave it once the server has them", async () => {
    const { drafts, store } = await open();
    begun(drafts);
    expect(drafts.state.unsaved).toBe(1);
    await vi.waitFor(async () => expect(await store.all()).toHaveLength(1));
    expect(JSON.stringify(await store.all())).not.toContain("zebra");
    expect(await drafts.save()).toBe(true);
    expect(put).toHaveBeenCalledWith("/api/v1/assignments/a/draft", { fence: 1, answers: { q: "mine" }, base: null }, { keepalive: false });
    expect(drafts.state).toEqual({ unsaved: 0, trouble: null });
    await vi.waitFor(async () => expect(await store.all()).toEqual([]));
  });

  it("come back on the next page, newest content first", async () => {
    put.mockRejectedValue(new Offline("no"));
    const first = await open();
    const held = begun(first.drafts);
    held.remarks.note = "and why";
    first.drafts.note(held);
    await first.drafts.save();
    expect(first.drafts.state).toEqual({ unsaved: 1, trouble: "offline" });
    const { drafts } = await open();
    const again = hold(assignment("a"));
    drafts.restore(again);
    expect(again).toMatchObject({ answers: { q: "mine" }, remarks: { note: "and why" } });
    expect(again.rival).toBeUndefined();
    expect(drafts.state.unsaved).toBe(1);
  });

  it("come back under a new assignment of the same item", async () => {
    put.mockRejectedValue(new Offline("no"));
    begun((await open()).drafts);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { drafts } = await open();
    const again = hold(assignment("b", null, "item-a"));
    drafts.restore(again);
    expect(again.answers).toEqual({ q: "mine" });
    expect(drafts.strays).toEqual([]);
  });

  it("that another device has changed are not written over", async () => {
    put.mockRejectedValue(new Offline("no"));
    begun((await open()).drafts);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { drafts } = await open();
    put.mockReset();
    put.mockResolvedValue({ data: {}, status: 200, etag: null });
    const theirs = { answers: { q: "theirs" } };
    const again = hold(assignment("a", theirs));
    drafts.restore(again);
    expect(again.rival).toEqual(theirs);
    await drafts.save();
    expect(put).not.toHaveBeenCalled();
    drafts.settle(again);
    await drafts.save();
    expect(put.mock.calls[0]?.[1]).toEqual({ fence: 1, answers: { q: "mine" }, base: theirs });
  });

  it("tell of a rival that the server knows of", async () => {
    const theirs = { answers: { q: "theirs" } };
    put.mockRejectedValueOnce(new Problem(412, "stale", "Changed", "", [], null, null, { draft: theirs }));
    const { drafts } = await open();
    const held = begun(drafts);
    await drafts.save();
    expect(listener.rivalled).toHaveBeenCalledWith(held, theirs);
    await drafts.save();
    expect(put).toHaveBeenCalledTimes(1);
  });

  it.each([
    [new Problem(401, "invalid_token", "", ""), "signedOut", "signed-out"],
    [new Problem(413, "too_large", "", ""), "refused", "refused"],
    [new Problem(409, "lease_lost", "", ""), "leaseLost", null],
    [new Problem(409, "already_submitted", "", ""), "submitted", null],
    [new Problem(503, "unavailable", "", ""), null, "server"],
  ] as const)("say what is wrong: %o", async (problem, told, trouble) => {
    put.mockRejectedValueOnce(problem);
    const { drafts } = await open();
    begun(drafts);
    expect(await drafts.save()).toBe(false);
    expect(drafts.state).toEqual({ unsaved: 1, trouble });
    if (told) expect(listener[told]).toHaveBeenCalledTimes(1);
  });

  it("are tried again by themselves after a fault", async () => {
    vi.useFakeTimers();
    put.mockRejectedValueOnce(new Offline("no"));
    const drafts = new Drafts({ api: { put }, base: "/api/v1", owner: "me", project: "p", store: { put: async () => undefined, delete: async () => undefined, all: async () => [] }, listener });
    begun(drafts);
    await vi.advanceTimersByTimeAsync(700);
    expect(drafts.state.trouble).toBe("offline");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(drafts.state.unsaved).toBe(0);
  });

  it("of a submitted item are not sent any more", async () => {
    const { drafts, store } = await open();
    begun(drafts);
    drafts.stop("a");
    await drafts.save();
    expect(put).not.toHaveBeenCalled();
    drafts.forget("a");
    await vi.waitFor(async () => expect(await store.all()).toEqual([]));
  });
});
