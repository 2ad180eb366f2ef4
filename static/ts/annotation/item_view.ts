/** Shows the fields of an item exactly as they are stored. */
import { h, trustedHtml } from "../core/dom";
import { jsonTree } from "./json_tree";
import type { FieldView, ItemPane } from "./kinds/kind";
import type { Field, Item, Sides } from "./types";

export interface Turn {
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

export function chatTurns(value: unknown): Turn[] | null {
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

/** What a turn says; where it comes in parts, as model logs have it, those that are text. */
function contentOf(turn: Turn): unknown {
  const content = turn.content ?? turn.text ?? "";
  if (!Array.isArray(content) || !content.every((part: { text?: unknown } | null) => typeof part?.text === "string")) return content;
  return (content as { text: string }[]).map((part) => part.text).join("\n");
}

function chatBlock(value: unknown, language: string | null | undefined): HTMLElement {
  const turns = chatTurns(value);
  if (!turns) return textBlock(value, language);
  const rows = turns.map((turn) => {
    const who = String(turn.role ?? turn.from ?? "?");
    return h("li", { class: "turn", "data-role": who }, h("bdi", { class: "turn-role" }, who), textBlock(contentOf(turn), language));
  });
  return h("ol", { class: "chat" }, ...rows);
}

/** The server's HTML; links leave the item where it is. */
function markdownBlock(html: string, language: string | null | undefined): HTMLElement {
  const block = h("div", { class: "item-markdown prose", dir: "auto", lang: language || null }, trustedHtml(html));
  for (const link of block.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "nofollow noopener";
  }
  return block;
}

export function missingPicture(value: unknown): HTMLElement {
  return h("p", { class: "item-missing" }, "The picture is missing: ", h("bdi", {}, pictureName(value) || "no name given"));
}

/**
 * Where a picture is loaded from, or null: neither the server nor this page fetches one from elsewhere.
 * An uploaded file is shown through the item that names it.
 */
export function pictureSource(item: Item, field: Field): string | null {
  const value = item.fields[field.name];
  const name = typeof value === "string" ? value : "";
  if (name.startsWith("data:image/")) return name;
  if (name === "" || /[/\\:]|^\.+$/.test(name)) return null;
  return `../files/${encodeURIComponent(name)}?item=${encodeURIComponent(item.id)}`;
}

const fetched = new Set<string>();

/** Fetches the uploaded pictures of an item, so that they are at hand when it is shown. */
export function preloadPictures(item: Item, fields: Field[]): void {
  for (const field of fields) {
    const source = field.type === "image" ? pictureSource(item, field) : null;
    if (source === null || source.startsWith("data:") || fetched.has(source)) continue;
    fetched.add(source);
    new Image().src = source;
  }
}

/** A short name of a picture: nobody reads the text of a data URL. */
function pictureName(value: unknown): string {
  const name = typeof value === "string" ? value : "";
  return name.startsWith("data:") ? `${name.slice(0, name.search(/[;,]|$/))} that cannot be shown` : name;
}

/** A picture that turns into words where it cannot be loaded. */
function imageBlock(item: Item, field: Field): HTMLElement {
  const value = item.fields[field.name];
  const source = pictureSource(item, field);
  if (source === null) return missingPicture(value);
  const image = h("img", { class: "item-image", src: source, alt: field.title || field.name, draggable: "false" });
  image.addEventListener("error", () => image.replaceWith(missingPicture(value)), { once: true });
  return image;
}

function jsonBlock(value: unknown): HTMLElement {
  if (typeof value !== "string") return jsonTree(value);
  try {
    return jsonTree(JSON.parse(value) as unknown);
  } catch {
    return textBlock(value, null, "mono");
  }
}

/** The value of a field as its type wants it shown. */
export function renderValue(item: Item, field: Field): HTMLElement {
  const value = item.fields[field.name];
  if (value === null || value === undefined || value === "") return h("p", { class: "item-missing" }, "Empty");
  const html = item.html?.[field.name];
  switch (field.type) {
    case "markdown":
      return html === undefined ? textBlock(value, field.language) : markdownBlock(html, field.language);
    case "chat":
      return chatBlock(value, field.language);
    case "image":
      return imageBlock(item, field);
    case "number":
      return textBlock(String(value), null, "item-number");
    case "json":
      return jsonBlock(value);
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
      renderValue(item, field),
    ),
  );
}

/** What is on the screen of an item, for the kinds of question that draw on it. */
export function itemPane(pane: HTMLElement, item: Item, fields: Field[], sides: Sides = {}): ItemPane {
  const view = (name: string): FieldView | null => {
    const field = fields.find((candidate) => candidate.name === name);
    const section = [...pane.querySelectorAll<HTMLElement>("[data-field]")].find((candidate) => candidate.dataset["field"] === name);
    if (!field || !section) return null;
    return { field, value: item.fields[name], section, draw: (element) => section.lastElementChild?.replaceWith(element) };
  };
  return { item, sides, field: view };
}
