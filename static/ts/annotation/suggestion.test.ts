import { beforeEach, describe, expect, it, vi } from "vitest";
import { useScopes } from "./keys";
import { QuestionForm } from "./question_form";
import type { Held } from "./queue";
import { SuggestionPanel, jointOf, partsOf, sourceOf } from "./suggestion";
import type { Question, Suggestion } from "./types";

const TONE: Question = { name: "tone", kind: "choice", title: "Tone", required: true, labels: [{ value: "calm", title: "Calm" }, { value: "angry", title: "Angry", shortcut: "a" }] };
const WHY: Question = { name: "why", kind: "multichoice", title: "Why?", when: { question: "tone", in: ["angry"] }, labels: [{ value: "x", title: "X" }, { value: "y", title: "Y" }] };

const SUGGESTED: Suggestion = { id: "s1", agent: { id: "m", name: "tagger" }, version: "3", score: 0.87, answers: { tone: "angry", why: ["y"] } };

function heldWith(suggestion: Suggestion | null, id = "a1"): Held {
  return { assignment: { id, item: { id: "i", fields: { text: "Hello" } }, suggestion }, answers: {} } as unknown as Held;
}

function page() {
  document.body.innerHTML = '<div id="questions"></div>';
  const container = document.getElementById("questions") as HTMLElement;
  const changed = vi.fn();
  const form = new QuestionForm(container, { changed: () => panel.changed(), focused: () => undefined, announce: () => undefined });
  const panel: SuggestionPanel = new SuggestionPanel({ form, changed, announce: vi.fn(), expected: true });
  form.build([TONE, WHY]);
  form.fill({});
  const boxes = () => [...container.querySelectorAll<HTMLElement>(".suggested")].filter((box) => !box.hidden);
  const button = (question: string, words: string) =>
    [...container.querySelectorAll<HTMLButtonElement>(`[data-question="${question}"] .suggested button`)].find((found) => found.textContent?.startsWith(words)) as HTMLButtonElement;
  return { container, changed, form, panel, boxes, button };
}

beforeEach(() => sessionStorage.clear());

describe("a suggestion beside its questions", () => {
  it("is marked with an icon and words and chooses nothing by itself", () => {
    const { panel, boxes, form, container } = page();
    panel.shown(heldWith(SUGGESTED), false);
    expect(boxes()).toHaveLength(2);
    expect(boxes()[0]?.textContent).toContain("Suggested by tagger v3, score .87");
    expect(boxes()[0]?.querySelector("svg")).not.toBeNull();
    expect(boxes()[0]?.textContent).toContain("Angry");
    expect(form.answers()).toEqual({});
    expect(container.querySelector('input[value="angry"]')?.closest(".option")?.textContent).toContain("suggested");
  });

  it("is taken up whole by its key, questions that follow from it included, and may then be changed", () => {
    const { panel, form, changed } = page();
    const held = heldWith(SUGGESTED);
    panel.shown(held, false);
    panel.takeAll();
    expect(form.answers()).toEqual({ tone: "angry", why: ["y"] });
    expect(changed).toHaveBeenCalledOnce();
    form.fill({ tone: "calm" });
    const body: Record<string, unknown> = {};
    panel.beforeSubmit(held, body);
    expect(body).toEqual({ adopted: ["tone", "why"] });
  });

  it("is taken up for one question by its button", () => {
    const { panel, form, button } = page();
    const held = heldWith(SUGGESTED);
    panel.shown(held, false);
    button("tone", "Take up").click();
    expect(form.answers()).toEqual({ tone: "angry" });
    expect(button("tone", "Taken up").disabled).toBe(true);
    expect((document.activeElement as HTMLInputElement).value).toBe("angry");
    const body: Record<string, unknown> = {};
    panel.beforeSubmit(held, body);
    expect(body).toEqual({ adopted: ["tone"] });
  });

  it("goes when it is put away, and its keys with it", () => {
    const { panel, boxes, form, button } = page();
    panel.shown(heldWith(SUGGESTED), false);
    expect(form.scopes()).toContain("suggestion");
    button("why", "Put away").click();
    expect(boxes()).toHaveLength(1);
    panel.putAway();
    expect(boxes()).toHaveLength(0);
    expect(form.scopes()).not.toContain("suggestion");
    const body: Record<string, unknown> = {};
    panel.beforeSubmit(heldWith(SUGGESTED), body);
    expect(body).toEqual({});
  });

  it("remembers what was done over a reload, and forgets it with the submit", () => {
    const { panel } = page();
    panel.shown(heldWith(SUGGESTED), false);
    panel.putAway(["why"]);
    const again = page();
    again.panel.shown(heldWith(SUGGESTED), false);
    expect(again.boxes()).toHaveLength(1);
    again.panel.beforeSubmit(heldWith(SUGGESTED), {});
    expect(sessionStorage).toHaveLength(0);
  });

  it("is not shown with an earlier answer, nor left behind on the next item", () => {
    const { panel, boxes } = page();
    panel.shown(heldWith(SUGGESTED), true);
    expect(boxes()).toHaveLength(0);
    panel.shown(heldWith(SUGGESTED), false);
    panel.shown(heldWith(null, "a2"), false);
    expect(boxes()).toHaveLength(0);
  });

  it("says what the person has chosen anyway", () => {
    const { panel, form, button } = page();
    panel.shown(heldWith(SUGGESTED), false);
    form.fill({ tone: "angry", why: ["y"] });
    panel.changed();
    expect(button("tone", "Taken up").disabled).toBe(true);
  });
});

describe("the words of a suggestion", () => {
  it("print the answer of each kind", () => {
    const fields = { text: "💩Hi there" };
    expect(partsOf(TONE, "calm", fields)).toEqual(["Calm"]);
    expect(partsOf(WHY, ["x", "y"], fields)).toEqual(["X", "Y"]);
    expect(partsOf({ name: "r", kind: "rating", title: "R" }, 4, fields)).toEqual(["4"]);
    const spans: Question = { name: "s", kind: "spans", title: "S", field: "text", labels: [{ value: "PER", title: "Person" }] };
    expect(partsOf(spans, [{ start: 1, end: 3, label: "PER" }], fields)).toEqual(["Person: “Hi”"]);
    const talk = { text: [{ role: "user", content: "Hi" }, { role: "assistant", content: "Ann!" }] };
    expect(partsOf(spans, [{ start: 3, end: 6, label: "PER" }], talk)).toEqual(["Person: “Ann”"]);
    const boxes: Question = { name: "b", kind: "boxes", title: "B", field: "image", labels: [{ value: "car", title: "Car" }] };
    expect(partsOf(boxes, [{ x: 0, y: 0, width: 1, height: 1, label: "car" }], fields)).toEqual(["Car"]);
    expect(partsOf({ name: "o", kind: "ranking", title: "O" }, [["a"], ["b", "c"]], fields)).toEqual(["a", "b = c"]);
    const better = { name: "p", kind: "preference", title: "P", fields: ["gpt", "llama"], extra: ["tie"] };
    expect(partsOf(better, "gpt", fields, { p: ["llama", "gpt"] })).toEqual(["B is better"]);
    expect(partsOf(better, "tie", fields)).toEqual(["Tie"]);
    expect([jointOf(better), jointOf({ ...better, kind: "ranking" })]).toEqual([", ", " > "]);
    const order = { name: "o", kind: "ranking", title: "O", fields: ["gpt", "llama", "own"] };
    expect(partsOf(order, [["own"], ["gpt", "llama"]], fields, { o: ["llama", "own", "gpt"] })).toEqual(["Text 2", "Text 3 = Text 1"]);
  });

  it("name agent, version and, where there is one, the score", () => {
    expect(sourceOf(SUGGESTED)).toBe("tagger v3, score .87");
    expect(sourceOf({ ...SUGGESTED, score: 1 })).toBe("tagger v3, score 1.00");
    expect(sourceOf({ ...SUGGESTED, score: null })).toBe("tagger v3");
  });
});

it("keeps its letters from labels only where suggestions are shown", () => {
  const { container } = page();
  expect(container.querySelector('input[value="angry"]')?.getAttribute("aria-keyshortcuts")).toBe("2");
  useScopes([]);
});
