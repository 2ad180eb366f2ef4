/** The text that a span counts its offsets in: of a chat the contents of its turns, joined by a line feed. */
import { chatTurns } from "../../item_view";
import type { Field } from "../../types";

export interface Block {
  /** Ends with the joint, so that the blocks together are the text. */
  text: string;
  /** Who says it; not counted. */
  role: string | null;
  /** What is shown but cannot be marked, since it is no text; not counted. */
  aside?: string;
}

export interface FieldText {
  text: string;
  blocks: Block[];
}

const JOINT = "\n";

/** Null where the field has no text to mark. */
export function fieldText(field: Field, value: unknown): FieldText | null {
  if (field.type === "chat" && typeof value !== "string") return chatText(value);
  if (typeof value !== "string" || value === "") return null;
  return { text: value, blocks: [{ text: value, role: null }] };
}

/** The same text of a value alone; empty where there is none. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (chatText(value)?.text ?? "");
}

function chatText(value: unknown): FieldText | null {
  const turns = chatTurns(value);
  if (!turns || turns.length === 0) return null;
  const blocks = turns.map((turn, index) => {
    const content = turn.content ?? turn.text;
    const isText = typeof content === "string";
    const text = (isText ? content : "") + (index < turns.length - 1 ? JOINT : "");
    const role = String(turn.role ?? turn.from ?? "?");
    return isText || content === undefined || content === null ? { text, role } : { text, role, aside: JSON.stringify(content, null, 2) };
  });
  return { text: blocks.map(({ text }) => text).join(""), blocks };
}
