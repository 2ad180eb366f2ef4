import { beforeEach, describe, expect, it, vi } from "vitest";
import { QuestionForm } from "./question_form";
import type { Question } from "./types";

const questions: Question[] = [
  { name: "toxicity", kind: "choice", title: "Toxic?", required: true, labels: [{ value: "yes", title: "Yes" }, { value: "no", title: "No" }] },
  { name: "severity", kind: "rating", title: "How severe?", required: true, min: 1, max: 5, when: { question: "toxicity", in: ["yes"] } },
  { name: "tone", kind: "choice", title: "Tone", help: "Of the whole text", labels: [{ value: "calm", title: "Calm" }] },
];

let form: QuestionForm;
const changed = vi.fn();
const row = (name: string) => document.querySelector<HTMLElement>(`[data-question="${name}"]`);

beforeEach(() => {
  changed.mockReset();
  document.body.innerHTML = '<div id="questions"></div>';
  form = new QuestionForm(document.getElementById("questions") as HTMLElement, { changed, focused: vi.fn(), announce: vi.fn() });
  form.build(questions);
  form.fill({});
});

describe("question form", () => {
  it("asks a question only when its condition holds, and drops its answer with it", () => {
    expect(row("severity")?.hidden).toBe(true);
    form.fill({ toxicity: "yes", severity: 4 });
    expect(row("severity")?.hidden).toBe(false);
    expect(form.answers()).toEqual({ toxicity: "yes", severity: 4 });
    form.focusQuestion("toxicity");
    form.pickDigit(2, 1);
    expect(form.answers()).toEqual({ toxicity: "no" });
  });

  it("lets digits speak to the first open question, then to the focused one", () => {
    form.pickDigit(1, 0);
    expect(form.answers()).toEqual({ toxicity: "yes" });
    form.focusQuestion("severity");
    form.pickDigit(3, 2);
    expect(form.answers()).toEqual({ toxicity: "yes", severity: 3 });
    expect(changed).toHaveBeenLastCalledWith({ toxicity: "yes", severity: 3 });
  });

  it("moves the focus to the first open question", () => {
    form.fill({ toxicity: "no" });
    form.focusFirstOpen();
    expect(row("tone")?.contains(document.activeElement)).toBe(true);
    expect(row("tone")?.hasAttribute("data-active")).toBe(true);
  });

  it("says what is missing at the question, keeps the answers, and forgets it once answered", () => {
    form.pickDigit(1, 0);
    expect(form.check()).toEqual([{ question: "severity", words: "Choose a value from 1 to 5 for “How severe?”" }]);
    const group = row("severity")?.querySelector("[role=radiogroup]");
    expect(group?.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(group?.getAttribute("aria-describedby") ?? "")?.textContent).toContain("Choose a value");
    expect(form.answers()).toEqual({ toxicity: "yes" });
    form.focusQuestion("severity");
    form.pickDigit(2, 1);
    expect(form.check()).toEqual([]);
    expect(group?.hasAttribute("aria-invalid")).toBe(false);
  });

  it("names its groups and ties the help to them", () => {
    const group = row("tone")?.querySelector("[role=radiogroup]");
    expect(document.getElementById(group?.getAttribute("aria-labelledby") ?? "")?.textContent).toContain("Tone");
    const described = (group?.getAttribute("aria-describedby") ?? "").split(" ");
    expect(described.map((id) => document.getElementById(id)?.textContent)).toContain("Of the whole text");
  });

  it("names the questions of a kind it does not know", () => {
    form.build([...questions, { name: "x", kind: "telepathy", title: "Read my mind" }]);
    expect(form.unsupported).toEqual(["Read my mind"]);
  });

  it("shows what the server said about one question", () => {
    expect(form.showError("tone", "Calm is not allowed")).toBe(true);
    expect(row("tone")?.querySelector(".error")?.textContent).toBe("Calm is not allowed");
    expect(form.showError("nothing", "x")).toBe(false);
  });
});
