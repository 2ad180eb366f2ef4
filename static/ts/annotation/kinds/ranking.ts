/** An order: digits take options in from best to worst; buttons and keys move, tie and leave out the one in focus. */
import { h } from "../../core/dom";
import { nameOf, orderOf } from "../answer_words";
import { hintFor, optionHint } from "../keys";
import type { ActionId, KeyScope } from "../keys";
import type { Question } from "../types";
import { beginningOf, drawCompared } from "./compared";
import type { Control, ItemPane, Kind, KindContext } from "./kind";
import { buildGroup } from "./options";
import { answerOf, isRanked, isTied, move, place, rankOf, standing, tie, tiersOf, toggle } from "./ranking_order";

type Change = "rank-up" | "rank-down" | "rank-tie" | "rank-out";

const BUTTONS: readonly (readonly [Change, string])[] = [
  ["rank-up", "Up"],
  ["rank-down", "Down"],
  ["rank-tie", "Tie"],
  ["rank-out", "Leave out"],
];

class RankingControl implements Control {
  readonly element: HTMLElement;
  private options: string[];
  private titles = new Map<string, string>();
  private tiers: string[][] = [];
  /** The option in focus: what the buttons and keys move. */
  private current: string;
  private dragged: string | null = null;
  private readonly rows = new Map<string, HTMLElement>();
  private readonly ranked = h("div", { class: "ranked", role: "group", "aria-label": "Ranked, best first" });
  private readonly rest = h("div", { class: "unranked", role: "group", "aria-label": "Not ranked" });
  private readonly list: HTMLElement;
  private readonly buttons: HTMLButtonElement[];

  constructor(private readonly question: Question, private readonly context: KindContext) {
    this.options = question.options ?? question.fields ?? [];
    this.current = this.options[0] ?? "";
    const hint = h("p", { class: "hint", id: `${context.id}-hint` }, "Best first. What you leave out is not compared.");
    this.list = h("div", {
      class: "ranking-list", role: "listbox", "aria-multiselectable": "true",
      "aria-labelledby": `${context.id}-title`, "aria-describedby": `${context.id}-hint`,
    }, this.ranked, this.rest);
    this.buttons = BUTTONS.map(([change, words]) => this.buildButton(change, words));
    this.element = buildGroup("ranking", "group", hint, this.list, h("div", { class: "ranking-actions", role: "group", "aria-label": "Move the option in focus" }, ...this.buttons));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.buildRows();
  }

  private buildButton(change: Change, words: string): HTMLButtonElement {
    const key = hintFor(change);
    const button = h("button", { type: "button", class: "small", "aria-keyshortcuts": key, "data-change": change }, words, h("kbd", { "aria-hidden": "true" }, key));
    button.addEventListener("click", () => this.act(change));
    return button;
  }

  private buildRows(): void {
    this.rows.clear();
    this.options.forEach((option, index) => this.rows.set(option, this.buildRow(option, index)));
    this.show();
  }

  private buildRow(option: string, index: number): HTMLElement {
    const hint = optionHint(index);
    const row = h("div", { class: "option ranking-option", role: "option", id: `${this.context.id}-${index}`, draggable: "true", "aria-keyshortcuts": hint },
      h("span", { class: "rank", "aria-hidden": "true" }),
      h("bdi", { class: "option-title", dir: "auto" }, this.titleOf(option)),
      h("span", { class: "option-keys" }, hint === null ? null : h("kbd", { "aria-hidden": "true" }, hint)));
    row.addEventListener("click", () => this.click(option));
    row.addEventListener("focus", () => this.point(option));
    this.letDrag(row, option);
    return row;
  }

  private titleOf(option: string): string {
    return this.titles.get(option) ?? option;
  }

  attach(pane: ItemPane): void {
    this.tiers = [];
    if (!this.question.fields) return;
    this.options = orderOf(this.question, pane.sides);
    drawCompared(pane, this.options);
    this.titles = new Map(this.options.map((field, index) => [field, `Text ${nameOf(index, this.options.length)}: ${beginningOf(pane, field)}`]));
    this.current = this.options[0] ?? "";
    this.buildRows();
  }

  /** A click takes an option in; one that is in already is only pointed at, so that the buttons can move it. */
  private click(option: string): void {
    if (!isRanked(this.tiers, option)) this.change(option, toggle(this.tiers, option));
    this.rows.get(option)?.focus();
  }

  private point(option: string): void {
    this.current = option;
    this.context.focused(null);
    this.showCurrent();
  }

  private change(option: string, tiers: string[][]): void {
    this.tiers = tiers;
    this.current = option;
    this.show();
    this.rows.get(option)?.focus();
    this.context.announce(`${this.titleOf(option)}: ${standing(tiers, option)}`);
    this.context.changed();
  }

  /** Rows are moved, never made anew, and the focus is given back to the one that had it. */
  private show(): void {
    const held = [...this.rows.values()].find((row) => row === document.activeElement);
    const ranked = this.tiers.flat();
    const rest = this.options.filter((option) => !ranked.includes(option));
    const rowsOf = (options: string[]): HTMLElement[] => options.map((option) => this.rows.get(option)).filter((row) => row !== undefined);
    this.ranked.replaceChildren(...rowsOf(ranked));
    this.rest.replaceChildren(...rowsOf(rest));
    if (held && document.activeElement !== held) held.focus({ preventScroll: true });
    this.ranked.hidden = ranked.length === 0;
    this.rest.hidden = rest.length === 0;
    for (const [option, row] of this.rows) {
      const rank = rankOf(this.tiers, option);
      const badge = row.firstElementChild;
      if (badge) badge.textContent = rank === 0 ? "–" : `${rank}${isTied(this.tiers, option) ? "=" : ""}`;
      row.setAttribute("aria-selected", String(rank > 0));
      row.setAttribute("aria-label", `${this.titleOf(option)}, ${standing(this.tiers, option)}`);
    }
    this.showCurrent();
  }

  private showCurrent(): void {
    for (const [option, row] of this.rows) {
      row.tabIndex = option === this.current ? 0 : -1;
      row.toggleAttribute("data-current", option === this.current);
    }
    const ranked = isRanked(this.tiers, this.current);
    for (const button of this.buttons) button.disabled = !ranked && button.dataset["change"] !== "rank-up";
  }

  private get shown(): string[] {
    const ranked = this.tiers.flat();
    return [...ranked, ...this.options.filter((option) => !ranked.includes(option))];
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const { shown } = this;
    const at = shown.indexOf(this.current);
    const goals: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 };
    const goal = goals[event.key];
    if (goal === undefined && event.key !== " ") return;
    event.preventDefault();
    if (goal === undefined) return this.change(this.current, toggle(this.tiers, this.current));
    this.rows.get(shown[Math.max(0, Math.min(shown.length - 1, goal))] ?? "")?.focus();
  }

  scopes(): KeyScope[] {
    return ["ranking"];
  }

  act(action: ActionId): boolean {
    const { tiers, current } = this;
    switch (action) {
      case "rank-up":
        this.change(current, move(tiers, current, -1));
        return true;
      case "rank-down":
        this.change(current, move(tiers, current, 1));
        return true;
      case "rank-tie":
        this.change(current, tie(tiers, current));
        return true;
      case "rank-out":
        if (isRanked(tiers, current)) this.change(current, toggle(tiers, current));
        return true;
      default:
        return false;
    }
  }

  /** Dragging is a second way: whatever it does the buttons do as well. */
  private letDrag(row: HTMLElement, option: string): void {
    row.addEventListener("dragstart", (event) => {
      this.dragged = option;
      event.dataTransfer?.setData("text/plain", this.titleOf(option));
    });
    row.addEventListener("dragend", () => (this.dragged = null));
    row.addEventListener("dragover", (event) => {
      if (this.dragged !== null) event.preventDefault();
    });
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      if (this.dragged === null) return;
      const { top, height } = row.getBoundingClientRect();
      const target = isRanked(this.tiers, option) ? option : null;
      this.change(this.dragged, place(this.tiers, this.dragged, target, event.clientY > top + height / 2));
    });
  }

  value(): unknown {
    return answerOf(this.tiers, this.question.options ?? this.question.fields ?? []);
  }

  setValue(value: unknown): void {
    this.tiers = tiersOf(value, this.options);
    this.current = this.shown[0] ?? "";
    this.show();
  }

  focus(options?: FocusOptions): void {
    this.rows.get(this.current)?.focus(options);
  }

  /** The digit of an option takes it in as the next best, or out again. */
  pickDigit(_digit: number, index: number): boolean {
    const option = this.options[index];
    if (option === undefined) return false;
    this.change(option, toggle(this.tiers, option));
    return true;
  }

  pickLetter(): boolean {
    return false;
  }
}

/** More options than this are moved place by place for a long time. */
const MANY = 10;

export const ranking: Kind = {
  name: "ranking",
  scopes: ["ranking"],
  onTouch: (question) => {
    const number = (question.options ?? question.fields ?? []).length;
    return number > MANY ? `“${question.title}” ranks ${number} options. That is quicker with a keyboard.` : null;
  },
  missing: (question) => `Rank at least one option for “${question.title}”`,
  build: (question, context) => new RankingControl(question, context),
};
