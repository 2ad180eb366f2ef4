import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { itemPane, renderItem } from "../../item_view";
import { QuestionForm } from "../../question_form";
import type { Field, Question } from "../../types";

const FIELDS: Field[] = [{ name: "photo", type: "image", title: "Photo", required: true }];
const LABELS = [{ value: "car", title: "Car" }, { value: "person", title: "Person", shortcut: "p" }];
const THINGS: Question = { name: "things", kind: "boxes", title: "Things", required: true, field: "photo", labels: LABELS };
const announce = vi.fn();

beforeAll(() => {
  vi.stubGlobal("ResizeObserver", class { observe(): void {} });
  // the picture is drawn at half its size, at the corner of the window
  const place = { left: 0, top: 0, width: 200, height: 100, right: 200, bottom: 100, x: 0, y: 0, toJSON: () => "" };
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { get: () => 200 });
  HTMLElement.prototype.getBoundingClientRect = () => place;
  HTMLElement.prototype.setPointerCapture = () => undefined;
  for (const [name, size] of [["naturalWidth", 400], ["naturalHeight", 200]] as const) Object.defineProperty(HTMLImageElement.prototype, name, { get: () => size });
});

beforeEach(() => announce.mockClear());

function ask(questions: Question[], value = "data:image/png;base64,AA=="): { form: QuestionForm; pane: HTMLElement } {
  document.body.innerHTML = "<div id='item'></div><div id='questions'></div>";
  const item = { id: "i", fields: { photo: value } };
  const pane = document.getElementById("item") as HTMLElement;
  pane.replaceChildren(...renderItem(item, FIELDS));
  const form = new QuestionForm(document.getElementById("questions") as HTMLElement, { changed: vi.fn(), focused: vi.fn(), announce });
  form.build(questions);
  form.attach(itemPane(pane, item, FIELDS));
  form.fill({});
  pane.querySelector("img")?.dispatchEvent(new Event("load"));
  return { form, pane };
}

function point(pane: HTMLElement, type: string, x: number, y: number, pointerType = "mouse"): void {
  const event = new MouseEvent(type, { clientX: x, clientY: y, bubbles: true, cancelable: true, button: 0 });
  Object.assign(event, {});
  for (const [name, of] of [["pointerId", 1], ["isPrimary", true], ["pointerType", pointerType]] as const) Object.defineProperty(event, name, { value: of });
  pane.querySelector(".stage-canvas")?.dispatchEvent(event);
}

function click(pane: HTMLElement, x: number, y: number): void {
  point(pane, "pointerdown", x, y, "touch");
  point(pane, "pointerup", x, y, "touch");
}

describe("boxes", () => {
  it("are made by a label's key, moved and resized by the registry's actions", () => {
    const { form } = ask([THINGS]);
    expect(form.answers()).toEqual({ things: [] });
    form.focusFirst();
    expect(form.scopes()).toEqual(["marks", "boxes"]);
    expect(form.pickLetter("p")).toBe(true);
    expect(form.answers()).toEqual({ things: [{ x: 0.375, y: 0.375, width: 0.25, height: 0.25, label: "person" }] });
    expect(announce).toHaveBeenLastCalledWith("New box: Person, 100 × 50 at 150, 75");
    expect(form.scopes()).toContain("box");
    for (const action of ["box-left", "box-down-far", "box-wider-far", "box-lower"] as const) expect(form.act(action)).toBe(true);
    expect(announce).toHaveBeenLastCalledWith("110 × 49 at 149, 85");
    form.pickDigit(1, 0);
    expect(form.answers()).toEqual({ things: [{ x: 0.3725, y: 0.425, width: 0.275, height: 0.245, label: "car" }] });
  });

  it("are drawn by dragging and by two clicks, and picked in turn where they overlap", () => {
    const { form, pane } = ask([THINGS]);
    point(pane, "pointerdown", 10, 10);
    point(pane, "pointermove", 50, 40);
    point(pane, "pointerup", 50, 40);
    expect(form.answers()).toEqual({ things: [{ x: 0.05, y: 0.1, width: 0.2, height: 0.3, label: "car" }] });
    click(pane, 190, 90);
    expect(announce).toHaveBeenLastCalledWith("First corner set. Tap the opposite corner");
    click(pane, 0, 0);
    expect((form.answers()["things"] as unknown[])[1]).toEqual({ x: 0, y: 0, width: 0.95, height: 0.9, label: "car" });
    click(pane, 30, 30);
    expect(announce).toHaveBeenLastCalledWith("Box 1 of 2: Car, 80 × 60 at 20, 20");
    click(pane, 30, 30);
    expect(announce).toHaveBeenLastCalledWith("Box 2 of 2: Car, 380 × 180 at 0, 0");
    expect([...document.querySelectorAll(".box-row")].map((row) => row.textContent)).toEqual(["1Car, 80 × 60 at 20, 20overlaps one other", "2Car, 380 × 180 at 0, 0overlaps one other"]);
  });

  it("take numbers that are typed, and put back what is no number", () => {
    const { form } = ask([THINGS]);
    form.pickDigit(1, 0);
    const type = (side: string, value: string) => {
      const input = document.getElementById(`q0-${side}`) as HTMLInputElement;
      input.value = value;
      input.dispatchEvent(new Event("change"));
      return input.value;
    };
    type("left", "-5");
    type("width", "40");
    expect(form.answers()).toEqual({ things: [{ x: 0, y: 0.375, width: 0.1, height: 0.25, label: "car" }] });
    expect(type("top", "far")).toBe("75");
  });

  it("are deleted, left step by step, and named when two are the same", () => {
    const { form } = ask([THINGS]);
    const twin = { x: 0.1, y: 0.1, width: 0.2, height: 0.2, label: "car" };
    form.fill({ things: [twin, { ...twin }] });
    expect(form.check()).toEqual([{ question: "things", words: "Two boxes of “Things” are the same: Car, 80 × 40 at 40, 20. Delete one" }]);
    form.focusFirst();
    form.act("next-mark");
    expect(form.act("delete-mark")).toBe(true);
    expect(form.answers()).toEqual({ things: [twin] });
    form.act("previous-mark");
    expect(form.act("back")).toBe(true);
    expect(form.act("back")).toBe(false);
    expect(form.act("delete-mark")).toBe(false);
  });

  it("of two questions share the picture, and each keeps its own", () => {
    const faces: Question = { ...THINGS, name: "faces", title: "Faces" };
    const { form, pane } = ask([THINGS, faces]);
    expect(pane.querySelectorAll(".stage")).toHaveLength(1);
    form.pickDigit(1, 0);
    form.focusQuestion("faces");
    expect(pane.querySelectorAll(".box.other")).toHaveLength(1);
    form.pickDigit(2, 1);
    expect((form.answers()["things"] as { label: string }[]).map(({ label }) => label)).toEqual(["car"]);
    expect((form.answers()["faces"] as { label: string }[]).map(({ label }) => label)).toEqual(["person"]);
    expect(pane.querySelectorAll(".box.other")).toHaveLength(1);
  });

  it("are not asked for where the picture is missing", () => {
    const { form, pane } = ask([THINGS], "../lost.png");
    expect(form.answers()).toEqual({});
    expect(form.check()[0]?.words).toContain("skip the item");
    expect(form.pickDigit(1, 0)).toBe(true);
    expect(form.answers()).toEqual({});
    const later = ask([THINGS]);
    later.pane.querySelector("img")?.dispatchEvent(new Event("error"));
    expect(later.pane.textContent).toContain("The picture is missing");
    expect(later.form.answers()).toEqual({});
    expect(pane.textContent).toContain("The picture is missing: ../lost.png");
  });
});
