import { describe, expect, it } from "vitest";
import { Edits } from "./edits";

describe("steps of one item", () => {
  it("are taken back and made again one by one", () => {
    const edits = new Edits();
    edits.start({});
    edits.note({ kind: "a" });
    edits.note({ kind: "b" });
    expect(edits.undo()).toEqual({ kind: "a" });
    expect(edits.undo()).toEqual({});
    expect(edits.undo()).toBeNull();
    expect(edits.redo()).toEqual({ kind: "a" });
    expect(edits.redo()).toEqual({ kind: "b" });
    expect(edits.redo()).toBeNull();
  });

  it("are gone for redo once something else was done", () => {
    const edits = new Edits();
    edits.start({});
    edits.note({ kind: "a" });
    edits.undo();
    edits.note({ kind: "c" });
    expect(edits.redo()).toBeNull();
    expect(edits.undo()).toEqual({});
  });

  it("count typing in one go as one", () => {
    let now = 0;
    const edits = new Edits(() => now);
    edits.start({});
    edits.note({ why: "w" }, true);
    edits.note({ why: "wo" }, true);
    now += 200;
    edits.note({ why: "wor" }, true);
    now += 5_000;
    edits.note({ why: "word" }, true);
    expect(edits.undo()).toEqual({ why: "wor" });
    expect(edits.undo()).toEqual({});
  });

  it("leave a question its own undo", () => {
    const edits = new Edits();
    edits.start({});
    edits.note({ spans: [1] });
    edits.quietly(() => edits.note({}));
    expect(edits.undo()).toBeNull();
  });

  it("end with the item", () => {
    const edits = new Edits();
    edits.start({});
    edits.note({ kind: "a" });
    edits.start({ kind: "z" });
    expect(edits.undo()).toBeNull();
  });
});
