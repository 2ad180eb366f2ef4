import { describe, expect, it, vi } from "vitest";
import { clauseFor, Guidelines } from "./guidelines";
import type { Clause, Guideline } from "./types";

function clause(key: string, question: string | null, label: string | null = null): Clause {
  return { key, title: key, question, label, definition_html: "", use_when_html: "", avoid_when_html: "", examples: [] };
}

const guideline: Guideline = {
  number: 3,
  clauses: [clause("general", null), clause("q", "toxicity"), clause("yes", "toxicity", "yes"), clause("other", null)],
  label_schema: {
    questions: [
      { name: "toxicity", kind: "choice", title: "T", labels: [{ value: "yes", title: "Yes" }, { value: "no", title: "No", clause: "other" }, { value: "maybe", title: "Maybe" }] },
      { name: "tone", kind: "choice", title: "Tone", clause: "general", labels: [{ value: "calm", title: "Calm" }] },
    ],
  },
};

describe("the clause about a label", () => {
  it.each([
    ["toxicity", "yes", "yes"],
    ["toxicity", "no", "other"],
    ["toxicity", "maybe", "q"],
    ["toxicity", null, "q"],
    ["tone", "calm", "general"],
    ["tone", null, "general"],
    ["unknown", "x", undefined],
  ])("%s %s → %s", (question, label, key) => {
    expect(clauseFor(guideline, question, label)?.key).toBe(key);
  });
});

describe("guideline versions", () => {
  it("are asked for once and kept", async () => {
    const get = vi.fn().mockResolvedValue({ data: { ...guideline, number: 2 } });
    const versions = new Guidelines(guideline, { get: get as never }, "/api/v1/projects/p");
    expect(versions.peek(3)).toBe(guideline);
    expect(versions.peek(2)).toBeUndefined();
    await Promise.all([versions.load(2), versions.load(2)]);
    await versions.load(2);
    expect(get).toHaveBeenCalledTimes(1);
    expect(get).toHaveBeenCalledWith("/api/v1/projects/p/guidelines/2");
    expect(versions.peek(2)?.number).toBe(2);
  });

  it("are asked for again after a failure", async () => {
    const get = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValue({ data: { ...guideline, number: 2 } });
    const versions = new Guidelines(guideline, { get: get as never }, "/p");
    await expect(versions.load(2)).rejects.toThrow("away");
    expect((await versions.load(2)).number).toBe(2);
  });
});
