import { afterEach, describe, expect, it, vi } from "vitest";
import { api, Offline, Problem } from "./api";

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.head.replaceChildren();
});

describe("api", () => {
  it("sends the CSRF token, the key and the condition", async () => {
    document.head.innerHTML = '<meta name="csrf-token" content="t0ken">';
    const fetch = vi.fn().mockResolvedValue(answer(200, { id: "a" }, { ETag: '"2"' }));
    vi.stubGlobal("fetch", fetch);
    const got = await api.patch("/x", { answers: {} }, { key: "k", etag: '"1"' });
    const headers = fetch.mock.calls[0]?.[1].headers as Headers;
    expect(headers.get("X-CSRFToken")).toBe("t0ken");
    expect(headers.get("Idempotency-Key")).toBe("k");
    expect(headers.get("If-Match")).toBe('"1"');
    expect(got).toEqual({ data: { id: "a" }, status: 200, etag: '"2"' });
  });

  it("reads a problem with its pointers", async () => {
    const body = { code: "invalid", title: "Not valid", detail: "Look at the fields", errors: [{ pointer: "/answers/q", detail: "unknown" }], request_id: "r" };
    vi.stubGlobal("fetch", vi.fn().mockResolvedValue(answer(422, body)));
    const problem = await api.post("/x", {}).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ status: 422, code: "invalid", requestId: "r", temporary: false, errors: body.errors });
  });

  it("knows what may succeed later, and how much later", async () => {
    vi.stubGlobal("fetch", vi.fn().mockResolvedValue(answer(429, { code: "throttled", title: "Slow down" }, { "Retry-After": "7" })));
    await expect(api.get("/x")).rejects.toMatchObject({ temporary: true, retryAfter: 7 });
  });

  it("takes a proxy's page for a problem too", async () => {
    vi.stubGlobal("fetch", vi.fn().mockResolvedValue(new Response("<html>", { status: 502 })));
    await expect(api.get("/x")).rejects.toMatchObject({ code: "http_502", temporary: true });
  });

  it("tells a missing network from an answer", async () => {
    vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("failed to fetch")));
    await expect(api.get("/x")).rejects.toBeInstanceOf(Offline);
  });

  it("reads no body from 204", async () => {
    vi.stubGlobal("fetch", vi.fn().mockResolvedValue(answer(204, undefined)));
    await expect(api.delete("/x")).resolves.toMatchObject({ status: 204, data: undefined });
  });
});
