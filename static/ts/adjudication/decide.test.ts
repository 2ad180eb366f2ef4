import { beforeAll, describe, expect, it } from "vitest";

const html = `
<article class="case-card" data-value='["work"]'></article>
<form id="decision-form">
  <input type="radio" name="outcome" id="outcome-answer" value="answer">
  <input type="radio" name="outcome" id="outcome-no_answer" value="no_answer">
  <input type="radio" name="answer" value='["work"]' data-option="">
  <input type="radio" name="answer" id="answer-own" value="own">
  <input type="checkbox" name="own" value="work" data-option="1">
  <input type="checkbox" name="own" value="home" data-option="2">
  <textarea id="id_rationale"></textarea>
  <select id="id_cause"><option value=""></option><option value="slip">Slip</option><option value="bad_item">Bad item</option></select>
</form>`;

const box = (value: string) => document.querySelector<HTMLInputElement>(`[name=own][value=${value}]`);
const checked = (id: string) => document.querySelector<HTMLInputElement>(`#${id}`)?.checked;
const press = (key: string, code = "") => {
  const target = document.activeElement ?? document.body;
  target.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
};

beforeAll(async () => {
  document.body.innerHTML = html;
  await import("./decide");
});

describe("an own answer", () => {
  it("is ticked by O and digits, and is then the answer", () => {
    press("o");
    expect(document.activeElement).toBe(box("work"));
    press("2", "Digit2");
    press("1", "Digit1");
    press("1", "Digit1");
    expect([box("work")?.checked, box("home")?.checked]).toEqual([false, true]);
    expect([checked("answer-own"), checked("outcome-answer")]).toEqual([true, true]);
  });

  it("gives way to an adopted answer", () => {
    press("o");
    press("1", "Digit1");
    expect(document.querySelector<HTMLInputElement>("[name=answer]")?.checked).toBe(true);
    expect(document.querySelector(".case-card")?.hasAttribute("data-adopted")).toBe(true);
    press("0", "Digit0");
    expect([checked("answer-own"), checked("outcome-no_answer")]).toEqual([false, true]);
  });
});

describe("the cause", () => {
  it("is chosen by its letter, and the keys speak to the page on", () => {
    press("b", "KeyB");
    expect(document.querySelector<HTMLSelectElement>("#id_cause")?.value).toBe("bad_item");
    press("s", "KeyS");
    expect(document.querySelector<HTMLSelectElement>("#id_cause")?.value).toBe("slip");
  });
});
