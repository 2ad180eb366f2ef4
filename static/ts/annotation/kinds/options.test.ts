import { describe, expect, it } from "vitest";
import type { Question } from "../types";
import { buildFilter, labelsOf, matching, pathOf } from "./options";

const animals = (labels: [string, string?][]): Question => ({ name: "q", kind: "choice", title: "Q", labels: labels.map(([value, parent]) => ({ value, title: value.toUpperCase(), ...(parent ? { parent } : {}) })) });

describe("labels in a tree", () => {
  const question = animals([["cat", "animal"], ["plant"], ["animal"], ["siamese", "cat"], ["dog", "animal"]]);
  const labels = labelsOf(question);

  it("stand below the one they belong under, in the order of the schema", () => {
    expect(labels.map(({ value }) => value)).toEqual(["plant", "animal", "cat", "siamese", "dog"]);
    expect(labels.map((label) => pathOf(labels, label))).toEqual([[], [], ["ANIMAL"], ["ANIMAL", "CAT"], ["ANIMAL"]]);
  });

  it("are never lost, whatever a schema says of their parents", () => {
    expect(labelsOf(animals([["a", "gone"], ["b", "b"]])).map(({ value }) => value)).toEqual(["a", "b"]);
    const loop = labelsOf(animals([["a", "b"], ["b", "a"], ["c"]]));
    expect(loop.map(({ value }) => value)).toEqual(["c", "a", "b"]);
    expect(pathOf(loop, loop[1] as never)).toEqual(["B"]);
  });

  it("keep the order of a flat schema", () => {
    const flat = animals([["b"], ["a"]]);
    expect(labelsOf(flat)).toBe(flat.labels);
  });
});

describe("finding a label", () => {
  const labels = [{ value: "fr", title: "Île-de-France" }, { value: "it", title: "Italy" }, { value: "rome", title: "Rome", parent: "it" }, { value: "fruit", title: "A fruit" }];

  it("goes by titles, values and the labels above, case and accents apart, beginnings first", () => {
    expect(matching(labels, "ile")).toEqual([0]);
    expect(matching(labels, "ITALY")).toEqual([1, 2]);
    expect(matching(labels, "fr")).toEqual([0, 3]);
    expect(matching(labels, " a ")).toEqual([3, 0, 1, 2]);
    expect(matching(labels, "")).toEqual([0, 1, 2, 3]);
    expect(matching(labels, "zz")).toEqual([]);
  });

  it("says how many are left and which one Enter picks; Escape shows all again", () => {
    const rows = labels.map(() => ({ row: document.createElement("label"), input: document.createElement("input") }));
    const picked: number[] = [];
    const filter = buildFilter("Q", labels, rows, (index) => picked.push(index));
    const press = (key: string) => filter.input.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    filter.input.value = "rom";
    filter.input.dispatchEvent(new Event("input"));
    expect(rows.map(({ row }) => row.hidden)).toEqual([true, true, false, true]);
    expect(filter.status.textContent).toBe("1 of 4 labels. Enter picks “Rome”");
    press("Enter");
    expect(picked).toEqual([2]);
    press("Escape");
    expect([filter.input.value, filter.status.textContent, rows.some(({ row }) => row.hidden)]).toEqual(["", "", false]);
    filter.input.value = "zz";
    filter.input.dispatchEvent(new Event("input"));
    press("Enter");
    expect([filter.status.textContent, picked.length]).toEqual(["No label matches", 1]);
  });
});
