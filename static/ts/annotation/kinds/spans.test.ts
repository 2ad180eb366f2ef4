import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { itemPane, renderItem } from "../item_view";
import type { Field, Item, Question } from "../types";
import type { Control, KindContext } from "./kind";
import { spans } from "./spans";

const FIELD: Field = { name: "text", type: "text", title: "Text" };
const TEXT = "💩 Anna Ek of Nordic Steel";
const QUESTION: Question = {
  name: "names", kind: "spans", title: "Names?", field: "text", crossing: "none",
  labels: [{ value: "PER", title: "Person", shortcut: "p" }, { value: "ORG", title: "Organisation" }],
};
const ANNA = { start: 2, end: 9, label: "PER" };

let context: KindContext & { changed: ReturnType<typeof vi.fn>; announce: ReturnType<typeof vi.fn> };

beforeAll(() => {
  // what jsdom does not lay out
  vi.stubGlobal("ResizeObserver", class { observe(): void {} disconnect(): void {} });
  Range.prototype.getClientRects = () => [{ left: 0, top: 0, right: 40, bottom: 20 }] as unknown as DOMRectList;
  Element.prototype.scrollIntoView = () => undefined;
});

beforeEach(() => {
  document.body.replaceChildren();
  context = { id: "q0", changed: vi.fn(), focused: vi.fn(), activated: vi.fn(), announce: vi.fn() };
});

function build(question: Question = QUESTION, item: Item = { id: "i", fields: { text: TEXT } }): Control {
  const pane = document.createElement("div");
  pane.append(...renderItem(item, [FIELD]));
  const control = spans.build(question, context);
  document.body.append(pane, control.element);
  control.attach?.(itemPane(pane, item, [FIELD]));
  control.setValue(null);
  return control;
}

const rows = () => [...document.querySelectorAll(".span-row")].map((row) => row.textContent);
const marks = () => [...document.querySelectorAll(".mark-label")].map((label) => label.textContent);

describe("a question about spans", () => {
  it("answers with an empty list where nothing is to be marked", () => {
    const control = build();
    expect(control.value()).toEqual([]);
    expect(control.untouched?.()).toBe(true);
  });

  it("leaves the text as it is and shows what was marked in it", () => {
    const control = build();
    control.setValue([{ start: 13, end: 25, label: "ORG" }, ANNA]);
    expect([...document.querySelectorAll(".span-line")].map((line) => line.textContent).join("")).toBe(TEXT);
    expect(rows()).toEqual(["Anna EkPerson", "Nordic SteelOrganisation"]);
    expect(marks().sort()).toEqual(["Organisation", "Person"]);
    expect(control.value()).toEqual([ANNA, { start: 13, end: 25, label: "ORG" }]);
  });

  it("marks by keys, in code points", () => {
    const control = build();
    control.act?.("caret-mode");
    for (const action of ["right", "extend-right", "extend-right"] as const) control.act?.(action);
    expect(context.announce).toHaveBeenLastCalledWith("2 words selected: Anna Ek");
    expect(control.pickLetter("p")).toBe(true);
    expect(control.value()).toEqual([ANNA]);
    expect(context.changed).toHaveBeenCalledTimes(1);
    control.act?.("edge-end");
    control.act?.("left");
    expect(control.value()).toEqual([{ ...ANNA, end: 6 }]);
    control.act?.("delete-mark");
    expect(control.value()).toEqual([]);
  });

  it("says why a span is refused and keeps what there was", () => {
    const control = build();
    control.setValue([ANNA]);
    control.act?.("caret-mode");
    for (const action of ["right", "extend-right"] as const) control.act?.(action);
    control.pickDigit(2, 1);
    expect(document.querySelector(".span-said")?.textContent).toMatch(/^Spans cannot overlap here: “Anna” shares text with “Anna Ek” \(Person\)/);
    expect(control.value()).toEqual([ANNA]);
    expect(context.changed).not.toHaveBeenCalled();
  });

  it("says what to do where a label is pressed with nothing selected", () => {
    const control = build();
    expect(control.pickDigit(1, 0)).toBe(true);
    expect(context.announce).toHaveBeenLastCalledWith(expect.stringMatching(/^Select text first/));
  });

  it("takes its marks along when it is asked no more", () => {
    const control = build();
    control.setValue([ANNA]);
    control.setAsked?.(false);
    expect(marks()).toEqual([]);
    control.setAsked?.(true);
    expect(marks()).toEqual(["Person"]);
  });

  it("has nothing to mark where the item has no text", () => {
    const control = build(QUESTION, { id: "i", fields: {} });
    expect(control.value()).toEqual([]);
    expect(control.untouched?.()).toBe(false);
    expect(document.body.textContent).toContain("no text here");
  });

  it("has no more keys for the text than are live", () => {
    const control = build();
    expect(control.scopes?.()).toEqual(["marks", "spans"]);
    control.act?.("caret-mode");
    expect(control.scopes?.()).toEqual(["marks", "spans", "caret"]);
    const caret = document.activeElement as Element;
    expect(control.owns?.(caret)).toBe(true);
    expect(caret.getAttribute("role")).toBe("application");
  });
});
