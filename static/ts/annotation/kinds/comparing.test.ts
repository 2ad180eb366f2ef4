import { beforeEach, describe, expect, it, vi } from "vitest";
import { itemPane, renderItem } from "../item_view";
import { QuestionForm } from "../question_form";
import type { Field, Question } from "../types";

const FIELDS: Field[] = ["prompt", "gpt", "llama"].map((name) => ({ name, type: "text", title: name.toUpperCase(), required: true }));
const ITEM = { id: "i", fields: { prompt: "Why?", gpt: "Because one.", llama: "Because two." } };
const BETTER: Question = { name: "better", kind: "preference", title: "Better", required: true, fields: ["gpt", "llama"], extra: ["tie", "cannot_judge"] };
const changed = vi.fn();
const announce = vi.fn();

function ask(questions: Question[], sides: Record<string, string[]> = {}): { form: QuestionForm; pane: HTMLElement } {
  document.body.innerHTML = "<div id='item'></div><div id='questions'></div>";
  const pane = document.getElementById("item") as HTMLElement;
  pane.replaceChildren(...renderItem(ITEM, FIELDS));
  const form = new QuestionForm(document.getElementById("questions") as HTMLElement, { changed, focused: vi.fn(), announce });
  form.build(questions);
  form.attach(itemPane(pane, ITEM, FIELDS, sides));
  form.fill({});
  return { form, pane };
}

/** What a person sees: neither hidden sections nor what is for screen readers only. */
function seen(pane: HTMLElement): string {
  return [...pane.children].filter((child) => !(child as HTMLElement).hidden).map((child) => child.textContent).join("|");
}

beforeEach(() => {
  changed.mockClear();
  announce.mockClear();
});

describe("preference", () => {
  it("shows the texts in the order drawn, without the names of their fields", () => {
    const { pane } = ask([BETTER], { better: ["llama", "gpt"] });
    expect([...pane.querySelectorAll(".panel-body")].map((body) => body.textContent)).toEqual(["Because two.", "Because one."]);
    expect(seen(pane).toLowerCase()).not.toMatch(/gpt|llama/);
    expect(document.getElementById("questions")?.innerHTML.toLowerCase()).not.toMatch(/gpt|llama/);
  });

  it("answers with the field's name whichever side it is on", () => {
    const { form } = ask([BETTER], { better: ["llama", "gpt"] });
    expect(form.pickDigit(1, 0)).toBe(true);
    expect(form.answers()).toEqual({ better: "llama" });
    form.pickDigit(2, 1);
    expect(form.answers()).toEqual({ better: "gpt" });
    form.pickDigit(0, 9);
    expect(form.answers()).toEqual({ better: "tie" });
    form.pickDigit(4, 3);
    expect(form.answers()).toEqual({ better: "cannot_judge" });
    expect(form.pickDigit(3, 2)).toBe(false);
  });

  it("prints its keys, and marks the chosen text with a word", () => {
    const { form, pane } = ask([BETTER], { better: ["llama", "gpt"] });
    expect([...document.querySelectorAll("#questions kbd")].map((key) => key.textContent)).toEqual(["1", "2", "0", "4"]);
    pane.querySelectorAll<HTMLButtonElement>(".panel-choose")[1]?.click();
    expect(form.answers()).toEqual({ better: "gpt" });
    const panels = [...pane.querySelectorAll(".panel")];
    expect(panels.map((panel) => panel.hasAttribute("data-chosen"))).toEqual([false, true]);
    expect(panels[1]?.querySelector("button")?.textContent).toContain("✓");
    expect(panels[1]?.querySelector("button")?.getAttribute("aria-pressed")).toBe("true");
  });

  it("takes a stored answer up on the side where the text is now", () => {
    const { form, pane } = ask([BETTER], { better: ["llama", "gpt"] });
    form.fill({ better: "gpt" });
    expect([...pane.querySelectorAll(".panel")].map((panel) => panel.hasAttribute("data-chosen"))).toEqual([false, true]);
    form.fill({ better: "tie" });
    expect(form.answers()).toEqual({ better: "tie" });
    expect(pane.querySelector("[data-chosen]")).toBeNull();
    form.fill({});
    expect(form.answers()).toEqual({});
  });

  it("draws the texts once for several questions about them", () => {
    const safer = { ...BETTER, name: "safer", title: "Safer" };
    const { form, pane } = ask([BETTER, safer], { better: ["llama", "gpt"], safer: ["llama", "gpt"] });
    expect(pane.querySelectorAll(".panel")).toHaveLength(2);
    expect([...pane.querySelectorAll(".panel-choose bdi")].map((words) => words.textContent)).toEqual(["Better: A is better", "Safer: A is better", "Better: B is better", "Safer: B is better"]);
    pane.querySelectorAll<HTMLButtonElement>(".panel-choose")[3]?.click();
    expect(form.answers()).toEqual({ safer: "gpt" });
  });

  it("goes by the schema where no order was drawn, or one of other fields", () => {
    const { pane } = ask([BETTER], { better: ["llama", "other"] });
    expect([...pane.querySelectorAll(".panel-body")].map((body) => body.textContent)).toEqual(["Because one.", "Because two."]);
  });
});

describe("ranking", () => {
  const ORDER: Question = { name: "order", kind: "ranking", title: "Order", required: true, options: ["red", "green", "blue"] };
  const focused = () => document.activeElement?.getAttribute("aria-label");

  it("takes options in by digit, best first, and says where they stand", () => {
    const { form } = ask([ORDER]);
    form.pickDigit(3, 2);
    form.pickDigit(1, 0);
    expect(form.answers()).toEqual({ order: [["blue"], ["red"]] });
    expect(announce).toHaveBeenLastCalledWith("red: rank 2 of 2");
    form.pickDigit(3, 2);
    expect(form.answers()).toEqual({ order: [["red"]] });
    expect(form.pickDigit(4, 3)).toBe(false);
  });

  it("moves, ties and leaves out the option in focus, which keeps the focus", () => {
    const { form } = ask([ORDER]);
    for (const digit of [1, 2, 3]) form.pickDigit(digit, digit - 1);
    expect(form.scopes()).toEqual(["ranking"]);
    form.act("rank-up");
    expect(form.answers()).toEqual({ order: [["red"], ["blue"], ["green"]] });
    expect(focused()).toBe("blue, rank 2 of 3");
    form.act("rank-tie");
    expect(form.answers()).toEqual({ order: [["red", "blue"], ["green"]] });
    expect(focused()).toBe("blue, rank 1 of 3, tied");
    form.act("rank-out");
    expect(form.answers()).toEqual({ order: [["red"], ["green"]] });
    expect(focused()).toBe("blue, not ranked");
    form.act("rank-down");
    expect(form.answers()).toEqual({ order: [["red"], ["green"]] });
  });

  it("does the same by buttons, which print their keys", () => {
    const { form } = ask([ORDER]);
    document.querySelector<HTMLElement>("[role=option]")?.click();
    document.querySelectorAll<HTMLElement>(".unranked [role=option]")[0]?.click();
    const buttons = [...document.querySelectorAll<HTMLButtonElement>(".ranking-actions button")];
    expect(buttons.map((button) => button.textContent)).toEqual(["UpAlt+↑", "DownAlt+↓", "TieT", "Leave outDelete"]);
    buttons[0]?.click();
    expect(form.answers()).toEqual({ order: [["green"], ["red"]] });
    expect(focused()).toBe("green, rank 1 of 2");
  });

  it("is one tab stop, and the arrows go through it", () => {
    ask([ORDER]);
    const options = () => [...document.querySelectorAll<HTMLElement>("[role=option]")];
    expect(options().map((row) => row.tabIndex)).toEqual([0, -1, -1]);
    options()[0]?.focus();
    options()[0]?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    expect(focused()).toBe("green, not ranked");
    options()[1]?.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
    expect(focused()).toBe("green, rank 1 of 1");
  });

  it("says before it is asked with fingers that many options take long", () => {
    expect(ask([ORDER]).form.onTouch).toEqual([]);
    const options = Array.from({ length: 12 }, (_, index) => `option ${index}`);
    expect(ask([{ ...ORDER, options }]).form.onTouch).toEqual(["“Order” ranks 12 options. That is quicker with a keyboard."]);
  });

  it("ranks texts of the item without the names of their fields", () => {
    const texts: Question = { ...ORDER, options: undefined as never, fields: ["gpt", "llama"] };
    const { form, pane } = ask([texts], { order: ["llama", "gpt"] });
    expect(document.querySelector("#questions")?.textContent?.toLowerCase()).not.toMatch(/gpt|llama/);
    expect(pane.querySelectorAll(".panel")).toHaveLength(2);
    form.pickDigit(2, 1);
    form.pickDigit(1, 0);
    expect(form.answers()).toEqual({ order: [["gpt"], ["llama"]] });
    form.fill({ order: [["llama"]] });
    expect(form.answers()).toEqual({ order: [["llama"]] });
  });
});
