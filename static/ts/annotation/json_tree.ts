/** A JSON value as a tree that opens and closes; what is short stands on one line. */
import { h } from "../core/dom";

const SHORT = 60;
const OPEN_LEVELS = 2;

type Branch = unknown[] | Record<string, unknown>;

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null;
}

function leaf(value: unknown): HTMLElement {
  const kind = value === null ? "null" : typeof value;
  return h("span", { class: `json-${kind}`, dir: "auto" }, JSON.stringify(value));
}

function keyOf(name: string | null): HTMLElement | null {
  return name === null ? null : h("span", { class: "json-key" }, h("bdi", {}, name), ":");
}

function count(branch: Branch): string {
  const number = Array.isArray(branch) ? branch.length : Object.keys(branch).length;
  if (Array.isArray(branch)) return number === 1 ? "1 entry" : `${number} entries`;
  return number === 1 ? "1 value" : `${number} values`;
}

function isShort(branch: Branch): boolean {
  // a look at the children first, so that a large value is not written out to be measured
  const children = Object.values(branch);
  return children.length <= 8 && !children.some(isBranch) && JSON.stringify(branch).length <= SHORT;
}

function children(branch: Branch, level: number): HTMLElement {
  const list = Array.isArray(branch);
  return h("ul", { class: "json-children" }, ...Object.entries(branch).map(([name, value]) => h("li", {}, node(list ? String(Number(name) + 1) : name, value, level))));
}

/** Children are made when they are first seen: a deep value costs nothing until it is opened. */
function node(name: string | null, value: unknown, level: number): HTMLElement {
  if (!isBranch(value) || isShort(value)) {
    return h("div", { class: "json-line" }, keyOf(name), " ", leaf(value));
  }
  const box = h("details", { open: level < OPEN_LEVELS }, h("summary", {}, keyOf(name), " ", h("span", { class: "json-count" }, count(value))));
  const fill = (): void => {
    if (box.open && box.childElementCount === 1) box.append(children(value, level + 1));
  };
  box.addEventListener("toggle", fill);
  fill();
  return box;
}

export function jsonTree(value: unknown): HTMLElement {
  return h("div", { class: "json-tree" }, node(null, value, 0));
}
