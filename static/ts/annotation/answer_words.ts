/** Answers about compared texts, in the words of the screen: the names of fields may say where a text comes from. */
import type { Question, Sides } from "./types";

const LETTERS = "AB";

/** Answers to a preference that are about both texts, with their keys: 0 lies between neither, as a tie does. */
export const EXTRAS: Readonly<Record<string, { title: string; digit: number }>> = {
  tie: { title: "Tie", digit: 0 },
  both_bad: { title: "Both bad", digit: 3 },
  cannot_judge: { title: "Cannot judge", digit: 4 },
};

/** How the texts are called: two have letters, more have the digits that rank them. */
export function nameOf(index: number, count: number): string {
  return count === 2 ? (LETTERS[index] ?? "") : String(index + 1);
}

/** The fields in the order in which this person is to see them. */
export function orderOf(question: Question, sides: Sides): string[] {
  const fields = question.fields ?? [];
  const stored = sides[question.name];
  return stored && [...stored].sort().join("\n") === [...fields].sort().join("\n") ? stored : fields;
}

/** The parts of an answer in words, or null where the question compares no fields. */
export function comparedWords(question: Question, answer: unknown, sides: Sides): string[] | null {
  if (!question.fields) return null;
  const order = orderOf(question, sides);
  const text = (field: unknown): string => {
    const index = order.findIndex((name) => name === field);
    return index < 0 ? "another text" : nameOf(index, order.length);
  };
  if (Array.isArray(answer)) return (answer as unknown[]).map((tier) => (Array.isArray(tier) ? (tier as unknown[]).map((field) => `Text ${text(field)}`).join(" = ") : ""));
  return [EXTRAS[String(answer)]?.title ?? `${text(answer)} is better`];
}
