import { describe, expect, it } from "vitest";
import { answerOf, move, place, rankOf, standing, tie, tiersOf, toggle } from "./ranking_order";

const ABC = [["a"], ["b"], ["c"]];

describe("an order in the making", () => {
  it("takes options in at the end and out again", () => {
    expect(toggle(toggle([], "b"), "a")).toEqual([["b"], ["a"]]);
    expect(toggle([["b"], ["a"]], "b")).toEqual([["a"]]);
  });

  it("moves an option past what stands beside it, and stops at the ends", () => {
    expect(move(ABC, "c", -1)).toEqual([["a"], ["c"], ["b"]]);
    expect(move(ABC, "a", 1)).toEqual([["b"], ["a"], ["c"]]);
    expect(move(ABC, "a", -1)).toEqual(ABC);
    expect(move(ABC, "c", 1)).toEqual(ABC);
  });

  it("moves out of a tie before it moves past anything", () => {
    expect(move([["a"], ["b", "c"]], "c", -1)).toEqual([["a"], ["c"], ["b"]]);
    expect(move([["a", "b"], ["c"]], "a", 1)).toEqual([["b"], ["a"], ["c"]]);
    expect(move([["a", "b"], ["c"]], "c", -1)).toEqual([["c"], ["a", "b"]]);
  });

  it("ranks what is moved up though it was left out, and leaves it out when moved down", () => {
    expect(move([["a"]], "b", -1)).toEqual([["a"], ["b"]]);
    expect(move([["a"]], "b", 1)).toEqual([["a"]]);
  });

  it("ties with the one above, and unties", () => {
    expect(tie(ABC, "b")).toEqual([["a", "b"], ["c"]]);
    expect(tie([["a", "b"], ["c"]], "b")).toEqual(ABC);
    expect(tie([["a", "b"], ["c"]], "c")).toEqual([["a", "b", "c"]]);
    expect(tie([["a"], ["b", "c"]], "b")).toEqual([["a", "b"], ["c"]]);
    expect(tie([["a", "b"]], "a")).toEqual([["b"], ["a"]]);
    expect(tie(ABC, "a")).toEqual(ABC);
    expect(tie(ABC, "absent")).toEqual(ABC);
  });

  it("puts what is dragged before or after another, or out", () => {
    expect(place(ABC, "c", "a", false)).toEqual([["c"], ["a"], ["b"]]);
    expect(place(ABC, "a", "c", true)).toEqual([["b"], ["c"], ["a"]]);
    expect(place([["a"]], "b", "a", true)).toEqual([["a"], ["b"]]);
    expect(place(ABC, "a", null, true)).toEqual([["b"], ["c"]]);
    expect(place(ABC, "b", "b", true)).toEqual(ABC);
  });

  it("counts ranks past ties, and says how an option stands", () => {
    const tiers = [["a", "b"], ["c"]];
    expect(["a", "b", "c", "d"].map((option) => rankOf(tiers, option))).toEqual([1, 1, 3, 0]);
    expect(standing(tiers, "b")).toBe("rank 1 of 3, tied");
    expect(standing(tiers, "d")).toBe("not ranked");
  });

  it("writes equal orders equally, and reads only what it knows", () => {
    expect(answerOf([["c", "a"]], ["a", "b", "c"])).toEqual([["a", "c"]]);
    expect(answerOf([], ["a"])).toBeNull();
    expect(tiersOf([["x", "a"], ["a", "b"], [], 3], ["a", "b"])).toEqual([["a"], ["b"]]);
    expect(tiersOf("a", ["a"])).toEqual([]);
  });
});
