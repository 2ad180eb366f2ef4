import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Question } from "../types";
import { kindOf } from "./index";
import type { Control, KindContext } from "./kind";

const labels = Array.from({ length: 14 }, (_, index) => ({ value: `l${index}`, title: `Label ${index}` }));
const context: KindContext = { id: "q0", changed: vi.fn(), focused: vi.fn(), activated: vi.fn(), announce: vi.fn() };

function build(kind: string, more: Partial<Question> = {}): Control {
  const control = kindOf(kind)?.build({ name: "q", kind, title: "Q", required: true, labels, ...more }, context) as Control;
  document.body.replaceChildren(control.element);
  return control;
}

const options = () => [...document.querySelectorAll<HTMLElement>("[role=option]")];
const chosen = () => options().filter((row) => row.getAttribute("aria-selected") === "true").map((row) => row.dataset["value"]);
const press = (key: string) => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

beforeEach(() => vi.clearAllMocks());

describe.each(["choice", "multichoice"])("a long list of a %s", (kind) => {
  it("is a listbox with one tab stop, that says whether several may be picked", () => {
    const list = (build(kind), document.querySelector("[role=listbox]"));
    expect(list?.getAttribute("aria-labelledby")).toBe("q0-title");
    expect(list?.getAttribute("aria-multiselectable")).toBe(kind === "multichoice" ? "true" : null);
    expect(options().map((row) => row.tabIndex)).toEqual([0, ...Array<number>(13).fill(-1)]);
    expect(document.querySelector(".option-filter")?.getAttribute("aria-controls")).toBe("q0-list");
  });

  it("goes by arrows without choosing, and picks by Space", () => {
    const control = build(kind);
    control.focus();
    press("ArrowDown");
    press("ArrowDown");
    expect(control.value()).toBeNull();
    expect(document.activeElement).toBe(options()[2]);
    expect(context.focused).toHaveBeenLastCalledWith("l2");
    press(" ");
    press("End");
    press(" ");
    expect(control.value()).toEqual(kind === "choice" ? "l13" : ["l2", "l13"]);
  });

  it("is found by typing, and the arrows pass over what is filtered out", () => {
    const control = build(kind);
    control.focusFilter?.();
    const filter = document.activeElement as HTMLInputElement;
    filter.value = "label 1";
    filter.dispatchEvent(new Event("input"));
    press("ArrowDown");
    expect(document.activeElement).toBe(options()[1]);
    press("ArrowDown");
    expect(document.activeElement).toBe(options()[10]);
    filter.focus();
    filter.value = "label 12";
    filter.dispatchEvent(new Event("input"));
    press("Enter");
    expect(chosen()).toEqual(["l12"]);
    expect(document.activeElement).toBe(options()[12]);
  });

  it("restores an answer with every label shown again", () => {
    const control = build(kind);
    control.setValue(kind === "choice" ? "l3" : ["l3"]);
    expect(chosen()).toEqual(["l3"]);
    expect(options().some((row) => row.hidden)).toBe(false);
    control.setValue(null);
    expect(chosen()).toEqual([]);
  });
});

describe("a long list", () => {
  it("lets what stands alone clear the rest", () => {
    const control = build("multichoice", { exclusive: ["l13"] });
    control.pickDigit(1, 0);
    options()[13]?.click();
    expect(control.value()).toEqual(["l13"]);
    control.pickDigit(2, 1);
    expect(control.value()).toEqual(["l1"]);
  });
});
