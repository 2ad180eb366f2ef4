import { describe, expect, it } from "vitest";
import { moved } from "./moves";

describe("a key in a grid", () => {
  it("moves one cell and stops at the edges", () => {
    expect(moved("ArrowRight", false, 1, 1, 3, 3)).toEqual([1, 2]);
    expect(moved("ArrowRight", false, 1, 2, 3, 3)).toEqual([1, 2]);
    expect(moved("ArrowUp", false, 0, 2, 3, 3)).toEqual([0, 2]);
    expect(moved("ArrowDown", false, 0, 2, 3, 3)).toEqual([1, 2]);
    expect(moved("ArrowLeft", false, 2, 0, 3, 3)).toEqual([2, 0]);
  });

  it("goes to the ends of a row, and with Ctrl of the grid", () => {
    expect(moved("Home", false, 1, 2, 3, 4)).toEqual([1, 0]);
    expect(moved("End", false, 1, 2, 3, 4)).toEqual([1, 3]);
    expect(moved("Home", true, 1, 2, 3, 4)).toEqual([0, 0]);
    expect(moved("End", true, 1, 2, 3, 4)).toEqual([2, 3]);
    expect(moved("PageDown", false, 0, 2, 3, 4)).toEqual([2, 2]);
  });

  it("leaves every other key alone", () => {
    expect(moved("Enter", false, 1, 1, 3, 3)).toBeNull();
    expect(moved("ArrowLeft", true, 1, 1, 3, 3)).toBeNull();
  });
});
