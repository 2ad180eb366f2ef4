import { beforeEach, describe, expect, it, vi } from "vitest";
import { practiceFeedback, practiceWords } from "./feedback";
import type { Held } from "./queue";
import type { Annotation, Guideline, Practice } from "./types";

const OPEN: Practice = { done: 1, of: 3, pass_mark: 0.8, score: null, passed: null };
const guideline = {
  number: 1,
  clauses: [{ key: "angry", title: "Angry", definition_html: "<p>Heat or insult.</p>" }],
  label_schema: { questions: [{ name: "tone", kind: "choice", title: "What is the tone?", labels: [{ value: "angry", title: "Angry!" }, { value: "calm", title: "Calm" }] }] },
} as unknown as Guideline;
const held = (practice: boolean): Held => ({ assignment: { id: "a", practice, item: { id: "i", fields: { text: "x" } }, sides: null }, answers: {} }) as unknown as Held;
const stored = (practice: Practice): Annotation =>
  ({ guideline_version: 1, practice, feedback: [{ question: "tone", correct: false, given: "calm", expected: "angry", explanation_html: "<p>An insult.</p>", clauses: ["angry"] }] }) as unknown as Annotation;

describe("practice feedback", () => {
  const root = document.createElement("section");
  beforeEach(() => document.body.replaceChildren(root));
  const plug = () =>
    practiceFeedback({ interlude: (...nodes) => root.replaceChildren(...nodes), known: () => guideline, announce: vi.fn(), back: "/p/x/practice/", before: root, fields: [{ name: "text", type: "text", title: "" }] });

  it("says above the questions that an item is practice", () => {
    const made = plug();
    const mark = root.querySelector<HTMLElement>(".practice-mark");
    made.shown?.(held(true), false);
    expect(mark?.hidden).toBe(false);
    made.shown?.(held(false), false);
    expect(mark?.hidden).toBe(true);
  });

  it("keeps nothing back outside of practice", () => {
    expect(plug().afterSubmit?.(held(false), Promise.resolve(null))).toBeUndefined();
  });

  it("shows right and wrong in words, the clause and why, until Enter", async () => {
    const waiting = plug().afterSubmit?.(held(true), Promise.resolve(stored(OPEN))) as Promise<void>;
    await vi.waitFor(() => expect(root.textContent).toContain("Not quite"));
    for (const words of ["wrong", "Calm", "Angry!", "An insult.", "Heat or insult.", "Practice item 1 of 3"]) expect(root.textContent).toContain(words);
    expect(root.querySelector(".feedback-item .item-text")?.textContent).toBe("x");
    const next = root.querySelector("button");
    expect(document.activeElement).toBe(next);
    next?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    await waiting;
  });

  it("goes on at once where the answer was refused", async () => {
    await plug().afterSubmit?.(held(true), Promise.resolve(null));
    expect(root.textContent).toContain("Looking at your answer");
  });

  it("offers another try after a round that was not passed", async () => {
    const failed = { ...OPEN, done: 3, score: 0.333, passed: false };
    void plug().afterSubmit?.(held(true), Promise.resolve(stored(failed)));
    await vi.waitFor(() => expect(root.querySelector("a")?.getAttribute("href")).toBe("/p/x/practice/"));
    expect(practiceWords(failed)).toContain("33\u00a0% of your answers were right; 80\u00a0% were asked for");
    expect(practiceWords({ ...failed, score: 1, passed: true })).toContain("You have passed");
  });
});
