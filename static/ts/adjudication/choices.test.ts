import { describe, expect, it } from "vitest";
import { readChoice } from "./choices";

const press = (init: KeyboardEventInit, target: HTMLElement = document.body) => {
  const event = new KeyboardEvent("keydown", init);
  Object.defineProperty(event, "target", { value: target });
  return event;
};

describe("readChoice", () => {
  it("adopts an annotator's answer by the place of the digit, also on AZERTY", () => {
    expect(readChoice(press({ key: "&", code: "Digit1" }), false)).toEqual({ act: "adopt", index: 0 });
    expect(readChoice(press({ key: "3", code: "Numpad3" }), false)).toEqual({ act: "adopt", index: 2 });
  });
  it("takes 0 as no label is right", () => {
    expect(readChoice(press({ key: "0", code: "Digit0" }), false)).toEqual({ act: "none" });
  });
  it("takes digits as labels after O", () => {
    expect(readChoice(press({ key: "2", code: "Digit2" }), true)).toEqual({ act: "option", key: "2" });
  });
  it("knows the letters", () => {
    const acts = [..."xorcyep"].map((key) => readChoice(press({ key, code: "" }), false)?.act);
    expect(acts).toEqual(["keep", "own", "rationale", "clauses", "gap", "escalate", "precedents"]);
  });
  it("takes the letters of the causes, each one by itself", () => {
    const values = [..."SGADB"].map((key) => readChoice(press({ key, code: "" }), false));
    expect(values).toEqual(["slip", "guideline_gap", "ambiguous", "disagreement", "bad_item"].map((value) => ({ act: "cause", value })));
  });
  it("stays silent in text fields, in compositions and with modifiers", () => {
    expect(readChoice(press({ key: "x", code: "KeyX" }, document.createElement("textarea")), false)).toBeNull();
    expect(readChoice(press({ key: "x", code: "KeyX", isComposing: true }), false)).toBeNull();
    expect(readChoice(press({ key: "x", code: "KeyX", ctrlKey: true }), false)).toBeNull();
  });
});
