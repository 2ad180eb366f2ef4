/** Shows the fields of an item exactly as they are stored. */
import { h } from "../core/dom";
import type { FieldView, ItemPane } from "./kinds/kind";
import type { Field, Item } from "./types";

interface Turn {
  role?: unknown;
  from?: unknown;
  content?: unknown;
  text?: unknown;
}

/** A text as it is: no trimming, no markup, direction by its own first strong letter. */
function textBlock(value: unknown, language: string | null | undefined, extra = ""): HTMLElement {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return h("div", { class: `item-text ${extra}`.trim(), dir: "auto", lang: language || null }, text);
}

function chatTurns(value: unknown): Turn[] | null {
  let turns = value;
  if (typeof value === "string") {
    try {
      turns = JSON.parse(value) as unknown;
    } catch {
      return null;
    }
  }
  return Array.isArray(turns) && turns.every((turn) => typeof turn === "object" && turn !== null) ? (turns as Turn[]) : null;
}

function chatBlock(value: unknown, language: string | null | undefined): HTMLElement {
  const turns = chatTurns(value);
  if (!turns) return textBlock(value, language);
  const rows = turns.map((turn) => {
    const who = String(turn.role ?? turn.from ?? "?");
    return h("li", { class: "turn", "data-role": who }, h("bdi", { class: "turn-role" }, who), textBlock(turn.content ?? turn.text ?? "", language));
  });
  return h("ol", { class: "chat" }, ...rows);
}

function imageBlock(value: unknown, field: Field): HTMLElement {
  const source = typeof value === "string" ? value : "";
  // the server fetches no foreign picture and neither does this page
  const own = source.startsWith("data:image/") || (source.startsWith("/") && !source.startsWith("//"));
  if (!own) return h("p", { class: "item-missing" }, "The picture is missing: ", h("bdi", {}, source || "no name given"));
  return h("img", { class: "item-image", src: source, alt: field.title || field.name });
}

function valueBlock(value: unknown, field: Field): HTMLElement {
  if (value === null || value === undefined || value === "") return h("p", { class: "item-missing" }, "Empty");
  switch (field.type) {
    case "chat":
      return chatBlock(value, field.language);
    case "image":
      return imageBlock(value, field);
    case "json":
      return textBlock(typeof value === "string" ? value : JSON.stringify(value, null, 2), null, "mono");
    default:
      return textBlock(value, field.language);
  }
}

/** The nodes of an item; a single field needs no heading above it. */
export function renderItem(item: Item, fields: Field[]): HTMLElement[] {
  const shown = fields.filter((field) => field.name in item.fields || field.required);
  return shown.map((field) =>
    h(
      "section",
      { class: "item-field", "data-field": field.name },
      h("h2", { class: shown.length > 1 ? "item-field-title" : "visually-hidden" }, h("bdi", {}, field.title || field.name)),
      valueBlock(item.fields[field.name], field),
    ),
  );
}

/** What is on the screen of an item, for the kinds of question that draw on it. */
export function itemPane(pane: HTMLElement, item: Item, fields: Field[]): ItemPane {
  const view = (name: string): FieldView | null => {
    const field = fields.find((candidate) => candidate.name === name);
    const section = [...pane.querySelectorAll<HTMLElement>("[data-field]")].find((candidate) => candidate.dataset["field"] === name);
    if (!field || !section) return null;
    return { field, value: item.fields[name], section, draw: (element) => section.lastElementChild?.replaceWith(element) };
  };
  return { item, field: view };
}
