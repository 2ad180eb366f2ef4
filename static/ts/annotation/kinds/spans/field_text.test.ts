import { expect, it } from "vitest";
import type { Field } from "../../types";
import { fieldText } from "./field_text";

const field = (type: Field["type"]): Field => ({ name: "f", type, title: "F" });

it("is the stored text of a text or a Markdown field", () => {
  expect(fieldText(field("text"), " a\r\nb ")?.text).toBe(" a\r\nb ");
  expect(fieldText(field("markdown"), "# *a*")?.text).toBe("# *a*");
  expect(fieldText(field("text"), "")).toBeNull();
  expect(fieldText(field("text"), null)).toBeNull();
});

it("is the contents of the turns of a chat, joined by a line feed", () => {
  const chat = fieldText(field("chat"), [{ role: "user", content: "ab" }, { role: "bot", content: "" }, { from: "x", text: "c" }]);
  expect(chat?.text).toBe("ab\n\nc");
  expect(chat?.blocks.map(({ text, role }) => [role, text])).toEqual([["user", "ab\n"], ["bot", "\n"], ["x", "c"]]);
});

it("counts a content that is no text as empty, and shows it", () => {
  const chat = fieldText(field("chat"), [{ role: "tool", content: { ok: true } }, { role: "user", content: "c" }]);
  expect(chat?.text).toBe("\nc");
  expect(chat?.blocks[0]?.aside).toContain("true");
});
