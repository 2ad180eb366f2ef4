import { describe, expect, it, vi } from "vitest";
import { hold, IN_HAND, ItemQueue } from "./queue";
import type { Assignment, NextAnswer } from "./types";

function assignment(id: string, draft: Assignment["draft"] = null): Assignment {
  return { id, fence: 1, round: "r", expires_at: "2026-01-01T00:10:00Z", item: { id: `item-${id}`, fields: {} }, guideline_version: 1, suggestion: null, draft };
}

function answer(ids: string[], reason: NextAnswer["reason"] = null): { data: NextAnswer } {
  return { data: { assignments: ids.map((id) => assignment(id)), reason, retry_after: null, server_now: new Date().toISOString() } };
}

function make(...answers: { data: NextAnswer }[]) {
  const post = vi.fn();
  for (const one of answers) post.mockResolvedValueOnce(one);
  const busy = new Set<string>();
  const queue = new ItemQueue({ post: post as never }, "/next", { busy: () => busy });
  return { queue, post, busy };
}

describe("item queue", () => {
  it("asks for more by what is on the screen and on its way out", async () => {
    const { queue, post, busy } = make(answer(["a", "b"]), answer(["a", "b", "c"]));
    await queue.refill(0);
    expect(post).toHaveBeenLastCalledWith("/next", { count: IN_HAND });
    busy.add("a");
    await queue.refill(1);
    expect(post).toHaveBeenLastCalledWith("/next", { count: IN_HAND + 2 });
  });

  it("never shows again what is on the screen or on its way out", async () => {
    const { queue, busy } = make(answer(["a", "b", "c"]), answer(["a", "b", "c", "d"]));
    await queue.refill(0);
    expect(queue.take()?.assignment.id).toBe("a");
    busy.add("b");
    queue.drop("b");
    await queue.refill(1);
    expect(queue.all.map((held) => held.assignment.id)).toEqual(["c", "d"]);
  });

  it("does not show what reached the server while the request was under way", async () => {
    const { queue, post, busy } = make();
    busy.add("a");
    post.mockImplementationOnce(async () => {
      busy.delete("a");
      return answer(["a", "b"]);
    });
    await queue.refill(0);
    expect(queue.all.map((held) => held.assignment.id)).toEqual(["b"]);
  });

  it("shares a running request, and asks anew where it must", async () => {
    const { queue, post } = make(answer(["a"]), answer(["a", "b"]));
    const [first, second] = [queue.refill(0), queue.refill(0)];
    expect(first).toBe(second);
    await queue.refillAnew(0);
    expect(post).toHaveBeenCalledTimes(2);
  });

  it("gives an item that was put aside first, with its answers", async () => {
    const { queue } = make(answer(["a", "b"]));
    await queue.refill(0);
    const held = queue.take();
    if (!held) throw new Error("nothing held");
    held.answers = { q: "x" };
    queue.putBack(held);
    expect(queue.take()?.answers).toEqual({ q: "x" });
  });

  it("finds the item of an undo again", async () => {
    const { queue } = make(answer(["a", "b"]));
    await queue.refill(0);
    expect(queue.takeItem("item-b")?.assignment.id).toBe("b");
    expect(queue.takeItem("item-z")).toBeNull();
    expect(queue.length).toBe(1);
  });

  it("starts from the draft, with its remarks", () => {
    const unclear = { clause: "c", note: "?" };
    expect(hold(assignment("a", { answers: { q: "y" }, note: "n", unclear }))).toMatchObject({ answers: { q: "y" }, remarks: { note: "n", flagged: false, unclear } });
    expect(hold(assignment("a")).answers).toEqual({});
  });

  it("forgets what another window has ended, unless the list may be cut off", async () => {
    const { queue } = make(answer(["a", "b", "c"]), answer(["a", "c", "d", "e", "f", "g"]), answer(["d"]));
    await queue.refill(0);
    await queue.refill(1);
    expect(queue.all.map((held) => held.assignment.id)).toEqual(["a", "c", "d", "e", "f", "g"]);
    const { whole, open } = await queue.refill(1);
    expect([whole, [...open]]).toEqual([true, ["d"]]);
    expect(queue.all.map((held) => held.assignment.id)).toEqual(["d"]);
  });

  it("begins with what was worked on last", async () => {
    const post = vi.fn().mockResolvedValue(answer(["a", "b", "c"]));
    const queue = new ItemQueue({ post: post as never }, "/next", { busy: () => new Set(), arrived: (held) => held.assignment.id === "c" && (held.touched = 5) });
    await queue.refill(0);
    expect(queue.all.map((held) => held.assignment.id)).toEqual(["c", "a", "b"]);
  });
});
