// The labeling page as a whole: its template, its script and a server that answers as the API promises.
import { readFileSync } from "node:fs";
import path from "node:path";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";

const template = readFileSync(path.resolve(import.meta.dirname, "../../templates/annotation/label.html"), "utf8");
const markup = template.replace(/\{%.*?%\}|\{\{.*?\}\}/gs, "");

const schema = {
  questions: [{ name: "toxicity", kind: "choice", title: "Toxic?", required: true, labels: [{ value: "yes", title: "Yes" }, { value: "no", title: "No" }] }],
};
const clause = { key: "c1", title: "Toxic", question: "toxicity", label: "yes", definition_html: "<p>Rude.</p>", use_when_html: "", avoid_when_html: "", examples: [] };
const boot = {
  project: { slug: "p", name: "P" },
  user_id: "me",
  guideline: { number: 2, clauses: [clause], label_schema: schema },
  fields: [{ name: "text", type: "text", title: "Text", required: true }],
  api: "/api/v1",
  progress: { done: 3, left: 7 },
  preferences: { keys: {}, single_keys: true, auto_advance: false, break_minutes: 0 },
};

/** Slots of items, given out and taken back; every request is kept in `log`. */
class Server {
  log = [];
  online = true;
  texts = ["one", "two", "three", "four", "five", "six", "seven"];
  free = this.texts.map((_, index) => index);
  open = [];
  made = 0;
  reason = "queue_empty";
  patched = [];
  newer = false;

  assignment(index) {
    this.made += 1;
    return { id: `a${this.made}`, fence: 1, round: "r", expires_at: "2099-01-01T00:00:00Z", item: { id: `i${index}`, fields: { text: this.texts[index] } }, guideline_version: 2, suggestion: null, draft: null };
  }

  async fetch(address, init) {
    const body = init.body ? JSON.parse(init.body) : null;
    if (!this.online) throw new TypeError("offline");
    this.log.push({ address, body, key: init.headers.get("Idempotency-Key") });
    if (address.endsWith("/next")) return this.next(body.count);
    if (address.endsWith("/label/work/")) return Response.json({ state: "nothing", what: "All done", why: ["Nothing is left."] });
    if (address === "/api/v1/annotations") return this.annotate(body);
    if (address.endsWith("/withdraw")) {
      this.open.unshift(this.assignment(Number(/an-i(\d+)/.exec(address)[1])));
      return new Response(null, { status: 204 });
    }
    const one = /annotations\/([^/]+)$/.exec(address);
    if (one) return this.annotation(one[1], init, body);
    if (address.endsWith("/skip")) this.close(address.split("/")[4]);
    return address.endsWith("/draft") ? Response.json({}) : new Response(null, { status: 204 });
  }

  next(count) {
    while (this.open.length < count && this.free.length) this.open.push(this.assignment(this.free.shift()));
    const assignments = this.open.slice(0, count);
    return Response.json({ assignments, reason: assignments.length ? null : this.reason, retry_after: null, server_now: new Date().toISOString() });
  }

  annotation(id, init, body) {
    const stored = { id, answers: { toxicity: this.newer ? "yes" : "no" }, superseded_by: null };
    if (init.method === "GET") return Response.json(this.newer && id !== "newer" ? { ...stored, superseded_by: "newer" } : stored, { headers: { ETag: '"2"' } });
    this.patched.push({ id, answers: body.answers, etag: init.headers.get("If-Match") });
    if (this.newer && id !== "newer") return Response.json({ code: "stale", title: "Stale" }, { status: 412 });
    return Response.json({ ...stored, id: "changed", answers: body.answers }, { headers: { ETag: '"3"' } });
  }

  annotate(body) {
    const held = this.close(body.assignment);
    return Response.json({ id: `an-${held.item.id}-${this.made}`, item: held.item.id, answers: body.answers, superseded_by: null }, { status: 201, headers: { ETag: '"1"' } });
  }

  close(id) {
    const at = this.open.findIndex((assignment) => assignment.id === id);
    return this.open.splice(at, 1)[0];
  }

  sent(ending) {
    return this.log.filter((entry) => entry.address.endsWith(ending));
  }
}

let server;
const listeners = [];
const text = () => document.querySelector("#item .item-text")?.textContent;
const chip = () => document.getElementById("save-chip").textContent;
const settle = () => new Promise((resolve) => setTimeout(resolve, 30));

function press(key, code = "") {
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
}

function answer() {
  press("1", "Digit1");
  press("Enter");
}

async function openPage() {
  for (const [type, listener] of listeners.splice(0)) document.removeEventListener(type, listener);
  document.body.innerHTML = markup;
  const data = document.createElement("script");
  data.id = "boot";
  data.type = "application/json";
  data.textContent = JSON.stringify(boot);
  document.body.append(data);
  vi.resetModules();
  await import("../../static/ts/annotation/label.ts");
  await vi.waitFor(() => expect(text()).toBeDefined());
  await settle();
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  globalThis.ResizeObserver = class { observe() {} };
  window.scrollTo = () => undefined;
  HTMLDialogElement.prototype.showModal ??= function showModal() { this.open = true; };
  HTMLDialogElement.prototype.close ??= function close(value) {
    this.open = false;
    this.returnValue = value;
    this.dispatchEvent(new Event("close"));
  };
  const add = EventTarget.prototype.addEventListener;
  vi.spyOn(document, "addEventListener").mockImplementation(function keep(type, listener, options) {
    listeners.push([type, listener]);
    add.call(document, type, listener, options);
  });
  server = new Server();
  vi.stubGlobal("fetch", (address, init) => server.fetch(address, init));
  await openPage();
});

describe("labeling page", () => {
  it("shows the first item, its guideline and the keys from the registry", () => {
    expect(text()).toBe("one");
    expect(document.getElementById("guideline-number").textContent).toBe("guideline v2");
    expect(document.querySelector(".clause .prose").textContent).toBe("Rude.");
    expect(document.querySelector('.toolbar [data-action="skip"] kbd').textContent).toBe("S");
    expect(document.getElementById("progress-words").textContent).toBe("3 of 10");
    expect(document.activeElement.type).toBe("radio");
  });

  it("paints the next item before the server has answered", async () => {
    press("1", "Digit1");
    press("Enter");
    await Promise.resolve();
    expect(text()).toBe("two");
    expect(server.sent("/annotations")).toHaveLength(0);
    await settle();
    expect(server.sent("/annotations")[0]).toMatchObject({ body: { assignment: "a1", fence: 1, answers: { toxicity: "yes" } }, key: expect.stringMatching(/^[\w-]{36}$/) });
    expect(chip()).toBe("Saved");
    expect(document.getElementById("progress-words").textContent).toBe("4 of 10");
  });

  it("asks for what is missing instead of submitting", async () => {
    press("Enter");
    await settle();
    expect(text()).toBe("one");
    expect(document.activeElement.id).toBe("summary");
    expect(document.getElementById("summary").textContent).toContain("Choose an answer for “Toxic?”");
  });

  it("queues without a network, says so, and sends with the same keys after a reload", async () => {
    server.online = false;
    answer();
    await settle();
    answer();
    await settle();
    expect(chip()).toBe("Offline – 2 queued");
    server.online = true;
    await openPage();
    await vi.waitFor(() => expect(chip()).toBe("Saved"));
    const sent = server.sent("/annotations");
    expect(sent.map((entry) => entry.body.assignment)).toEqual(["a1", "a2"]);
    expect(new Set(sent.map((entry) => entry.key)).size).toBe(2);
  });

  it("takes the last submit back, and the same item can be answered again", async () => {
    answer();
    await settle();
    press("z");
    await settle();
    expect(text()).toBe("one");
    expect(document.getElementById("progress-words").textContent).toBe("3 of 10");
    expect(server.sent("/withdraw")).toHaveLength(1);
    await settle();
    press("2", "Digit2");
    press("Enter");
    await settle();
    expect(server.sent("/annotations").at(-1).body).toMatchObject({ answers: { toxicity: "no" } });
    expect(server.sent("/annotations").at(-1).body.assignment).not.toBe("a1");
    expect(text()).toBe("two");
  });

  it("lets an earlier answer be looked at and changed, then comes back", async () => {
    answer();
    await settle();
    press("k");
    await settle();
    expect(text()).toBe("one");
    expect(document.querySelector("#questions input:checked").value).toBe("yes");
    press("2", "Digit2");
    press("Enter");
    await settle();
    expect(server.patched).toEqual([{ id: expect.stringContaining("an-i0"), answers: { toxicity: "no" }, etag: '"1"' }]);
    expect(text()).toBe("two");
  });

  it.each([
    ["Save mine", [{ id: "newer", answers: { toxicity: "no" }, etag: '"2"' }]],
    ["Keep what is stored", []],
  ])("shows both answers when one was changed elsewhere: %s", async (choice, more) => {
    answer();
    await settle();
    server.newer = true;
    press("k");
    await settle();
    press("2", "Digit2");
    press("Enter");
    await settle();
    const button = (words) => [...document.querySelectorAll("button")].find((found) => found.textContent.trim() === words);
    button("Show").click();
    await settle();
    expect(document.getElementById("unsaved-dialog").open).toBe(true);
    expect([...document.querySelectorAll("#unsaved-list dd")].map((found) => found.textContent)).toEqual(["No", "Yes"]);
    button(choice).click();
    await settle();
    expect(server.patched.slice(1)).toEqual(more);
    expect(document.querySelectorAll("#unsaved-list li")).toHaveLength(0);
    expect(text()).toBe("two");
  });

  it("skips with a reason by a digit, and gives no reason on its own", async () => {
    press("s");
    await settle();
    document.getElementById("skip-dialog").dispatchEvent(new KeyboardEvent("keydown", { key: "2", code: "Digit2", bubbles: true, cancelable: true }));
    await settle();
    expect(server.sent("/skip")[0].body).toEqual({ fence: 1, reason: "broken" });
    expect(text()).toBe("two");
  });

  it("sends flag and note with the answer of their item only", async () => {
    press("f");
    press("n");
    const note = document.getElementById("note");
    note.value = "because";
    note.dispatchEvent(new Event("input"));
    document.querySelector("#questions input").focus();
    answer();
    await settle();
    expect(server.sent("/annotations")[0].body).toMatchObject({ flagged: true, note: "because" });
    expect(document.getElementById("note-box").hidden).toBe(true);
    answer();
    await settle();
    expect(server.sent("/annotations")[1].body).not.toHaveProperty("flagged");
  });

  it("keeps a draft within a second of a change", async () => {
    press("2", "Digit2");
    await vi.waitFor(() => expect(server.sent("/draft")).toHaveLength(1), { timeout: 1000 });
    expect(server.sent("/draft")[0].body).toMatchObject({ fence: 1, answers: { toxicity: "no" } });
  });

  it("says in words when nothing is left", async () => {
    for (let index = 0; index < 7; index += 1) {
      answer();
      await settle();
    }
    expect(document.getElementById("empty").hidden).toBe(false);
    expect(document.getElementById("empty-what").textContent).toBe("All done");
    expect(document.getElementById("workspace").hidden).toBe(true);
  });

  it("keeps item texts out of the browser's storage", async () => {
    server.online = false;
    answer();
    await settle();
    const request = indexedDB.open("concord-outbox");
    await new Promise((resolve) => (request.onsuccess = resolve));
    const all = request.result.transaction("entries").objectStore("entries").getAll();
    await new Promise((resolve) => (all.onsuccess = resolve));
    expect(all.result).toHaveLength(1);
    expect(JSON.stringify(all.result)).not.toContain("one");
  });
});
