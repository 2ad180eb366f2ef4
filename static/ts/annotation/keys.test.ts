import { afterEach, describe, expect, it } from "vitest";
import { ACTIONS, hintFor, isFreeLetter, optionHint, readKey, useKeys, useScopes } from "./keys";

function press(init: KeyboardEventInit, target: HTMLElement = document.body): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
  if (target !== document.body) document.body.append(target);
  target.dispatchEvent(event);
  return event;
}

describe("key registry", () => {
  it("gives every key to one action only, of those that can be live together", () => {
    for (const together of [["marks", "spans", "caret", "suggestion"], ["marks", "boxes", "box", "suggestion"], ["ranking", "suggestion"]]) {
      const keys = ACTIONS.filter((action) => !action.scope || together.includes(action.scope)).flatMap((action) => action.keys);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it.each(ACTIONS.filter((action) => action.keys[0]?.length === 1))("hears $keys as $id", ({ id, keys, scope }) => {
    const key = (keys[0] ?? "").toLowerCase();
    expect(readKey(press({ key }), undefined, scope ? [scope] : [])).toEqual({ action: id });
    if (scope) expect(readKey(press({ key }))).not.toEqual({ action: id });
  });

  it("tells the arrows apart by what is held with them", () => {
    const read = (init: KeyboardEventInit) => readKey(press({ key: "ArrowRight", ...init }), undefined, ["caret"])?.action;
    expect(read({})).toBe("right");
    expect(read({ repeat: true })).toBe("right");
    expect(read({ shiftKey: true })).toBe("extend-right");
    expect(read({ altKey: true, shiftKey: true })).toBe("grapheme-right");
    expect(read({ ctrlKey: true })).toBe("sentence-right");
    expect(read({ altKey: true })).toBeUndefined();
    expect(readKey(press({ key: "ArrowRight" }))).toBeNull();
  });

  it("hears Alt with a full stop by its place where Alt types something else, and AltGr as typing", () => {
    const scopes = ["marks", "spans"] as const;
    expect(readKey(press({ key: "≥", code: "Period", altKey: true }), undefined, scopes)).toEqual({ action: "next-mark" });
    expect(readKey(press({ key: "[", code: "Digit8", ctrlKey: true, altKey: true, modifierAltGraph: true }), undefined, scopes)).toEqual({ action: "edge-start" });
  });

  it("keeps letters of the keys of this form from labels, and only those", () => {
    useScopes(["spans"]);
    expect(isFreeLetter("t")).toBe(false);
    useScopes([]);
    expect(isFreeLetter("t")).toBe(true);
  });

  it("hears Ctrl and the command key alike", () => {
    expect(readKey(press({ key: "Enter", ctrlKey: true }))).toEqual({ action: "submit-from-text" });
    expect(readKey(press({ key: "s", metaKey: true }))).toEqual({ action: "draft" });
  });

  it("ignores modifiers that no action lists", () => {
    expect(readKey(press({ key: "s", altKey: true }))).toBeNull();
    expect(readKey(press({ key: "k", ctrlKey: true }))).toBeNull();
  });

  it("reads the digit row by its place, as on a French keyboard", () => {
    expect(readKey(press({ key: "&", code: "Digit1" }))).toEqual({ digit: 1, option: 0 });
    expect(readKey(press({ key: "à", code: "Digit0" }))).toEqual({ digit: 0, option: 9 });
    expect(readKey(press({ key: "!", code: "Digit1", shiftKey: true }))).toEqual({ digit: 1, option: 10 });
  });

  it("stays silent in text fields, except for what belongs there", () => {
    for (const field of [document.createElement("textarea"), document.createElement("input"), document.createElement("select")]) {
      expect(readKey(press({ key: "s" }, field))).toBeNull();
      expect(readKey(press({ key: "1", code: "Digit1" }, field))).toBeNull();
      expect(readKey(press({ key: "Enter" }, field))).toBeNull();
      expect(readKey(press({ key: "Enter", ctrlKey: true }, field))).toEqual({ action: "submit-from-text" });
    }
  });

  it("is heard on radios and checkboxes", () => {
    const radio = document.createElement("input");
    radio.type = "radio";
    expect(readKey(press({ key: "Enter" }, radio))).toEqual({ action: "submit" });
  });

  it("stays silent while a Japanese word is composed", () => {
    expect(readKey(press({ key: "s", isComposing: true }))).toBeNull();
    expect(readKey(press({ key: "Process", code: "KeyS", keyCode: 229 } as KeyboardEventInit))).toBeNull();
  });

  it("submits once however long Enter is held", () => {
    expect(readKey(press({ key: "Enter", repeat: true }))).toBeNull();
  });

  it("leaves Enter to a focused button", () => {
    expect(readKey(press({ key: "Enter" }, document.createElement("button")))).toBeNull();
  });

  it("hears no single key when they are switched off", () => {
    const off = { singleKeys: false };
    expect(readKey(press({ key: "s" }), off)).toBeNull();
    expect(readKey(press({ key: "1", code: "Digit1" }), off)).toBeNull();
    expect(readKey(press({ key: "Enter" }), off)).toEqual({ action: "submit" });
    expect(readKey(press({ key: "z", ctrlKey: true }), off)).toEqual({ action: "undo" });
  });
});

describe("hints", () => {
  it("prints the first key", () => {
    expect(hintFor("undo")).toBe("Z");
    expect(hintFor("back")).toBe("Esc");
  });
  it("numbers twenty options", () => {
    expect([0, 8, 9, 10, 19, 20].map(optionHint)).toEqual(["1", "9", "0", "Shift+1", "Shift+0", null]);
  });
  it("gives labels only letters without an action", () => {
    expect(isFreeLetter("t")).toBe(true);
    expect(isFreeLetter("S")).toBe(false);
    expect(isFreeLetter("1")).toBe(false);
  });
});

describe("a person's own keys", () => {
  afterEach(() => useKeys({}));

  it("takes the place of the printed key and leaves the others", () => {
    useKeys({ skip: "X", undo: "Alt+U", flag: "+" });
    expect(hintFor("skip")).toBe("X");
    expect(readKey(press({ key: "x" }))).toEqual({ action: "skip" });
    expect(readKey(press({ key: "s" }))).toEqual({ letter: "s" });
    expect(readKey(press({ key: "µ", code: "KeyU", altKey: true }))).toEqual({ action: "undo" });
    expect(readKey(press({ key: "z", ctrlKey: true }))).toEqual({ action: "undo" });
    expect(readKey(press({ key: "+", shiftKey: true }))).toEqual({ action: "flag" });
  });

  it("never takes a letter away from a text field", () => {
    useKeys({ draft: "Y" });
    expect(readKey(press({ key: "y" }, document.createElement("textarea")))).toBeNull();
  });

  it("frees a letter for labels, and takes another", () => {
    useKeys({ skip: "T" });
    expect([isFreeLetter("s"), isFreeLetter("t")]).toEqual([true, false]);
  });
});
