import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../core/api";
import { Leases } from "./leases";
import type { Assignment } from "./types";

const START = Date.parse("2026-01-01T00:00:00Z");
const listener = { warn: vi.fn(), calm: vi.fn(), lost: vi.fn() };
const post = vi.fn();
let held: Assignment;
let leases: Leases;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.resetAllMocks();
  held = { id: "a", fence: 7, round: "r", expires_at: "2026-01-01T00:10:00Z", item: { id: "i", fields: {} }, guideline_version: 1, suggestion: null, draft: null };
  post.mockImplementation(async () => ({ data: { ...held, expires_at: new Date(Date.now() + 600_000).toISOString() } }));
  leases = new Leases({ post }, "/api/v1", () => [held], () => Date.now(), listener);
  leases.start();
});

afterEach(() => vi.useRealTimers());

describe("leases", () => {
  it("renew by themselves while the person works", async () => {
    for (let minute = 0; minute < 30; minute += 1) {
      leases.touched();
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(post).toHaveBeenCalledWith("/api/v1/assignments/a/renew", { fence: 7 });
    expect(post.mock.calls.length).toBeGreaterThan(2);
    expect(Date.parse(held.expires_at)).toBeGreaterThan(Date.now());
    expect(listener.warn).not.toHaveBeenCalled();
  });

  it("warn an idle person with time enough to keep the item by one key", async () => {
    await vi.advanceTimersByTimeAsync(540_000 + 5_000);
    expect(post).not.toHaveBeenCalled();
    expect(listener.warn.mock.calls[0]?.[0]).toBeGreaterThanOrEqual(20);
    leases.keep();
    await vi.advanceTimersByTimeAsync(0);
    expect(listener.calm).toHaveBeenCalled();
    expect(Date.parse(held.expires_at)).toBeGreaterThan(Date.now() + 500_000);
  });

  it("tell when somebody else was given the item", async () => {
    post.mockRejectedValue(new Problem(409, "lease_lost", "Lost", ""));
    leases.keep();
    await vi.advanceTimersByTimeAsync(0);
    expect(listener.lost).toHaveBeenCalledWith(held);
  });
});
