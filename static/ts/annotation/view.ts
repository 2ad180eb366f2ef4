/** Everything the labeling page shows; it decides nothing. */
import { byId, h } from "../core/dom";
import { GuidelinePanel } from "./guideline_panel";
import { itemPane, renderItem } from "./item_view";
import { hintFor } from "./keys";
import type { ActionId } from "./keys";
import { QuestionForm } from "./question_form";
import type { FormListener } from "./question_form";
import type { Field, Guideline, Item, Remarks, Sides } from "./types";

export type Tone = "info" | "ok" | "warn" | "bad";

export interface NoticeAction {
  label: string;
  run?: () => void;
  href?: string;
  /** Opens beside this page, which stays as it is. */
  blank?: boolean;
}

export interface Empty {
  what: string;
  why: string;
  retry?: boolean;
  back?: boolean;
}

export interface ProblemLine {
  question: string | null;
  words: string;
}

export type Layout = "wide" | "drawer" | "single";

/** Three columns, two with a drawer, or one: by the room there is for text of its present size. */
export function layoutFor(width: number, height: number, rem: number): Layout {
  if (width < 48 * rem || height < 24 * rem) return "single";
  return width < 75 * rem ? "drawer" : "wide";
}

export class View {
  readonly form: QuestionForm;
  readonly panel: GuidelinePanel;
  readonly note = byId<HTMLTextAreaElement>("note");
  private readonly main = byId("main");
  private readonly notices = byId("notices");
  private readonly shownNotices = new Map<string, HTMLElement>();
  private shownGuideline = 0;

  constructor(private readonly fields: Field[], readonly listener: FormListener) {
    this.form = new QuestionForm(byId("questions"), listener);
    this.panel = new GuidelinePanel(byId("guideline-body"), byId("guideline-title"));
    this.printKeys();
    this.layOut();
    // the head of the page is sized in rem and as wide as the window, so it changes with either
    const head = document.querySelector(".site-head-row");
    if (head) new ResizeObserver(() => this.layOut()).observe(head);
    window.addEventListener("resize", () => this.layOut());
  }

  private layOut(): void {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const layout = layoutFor(window.innerWidth, window.innerHeight, rem);
    if (document.body.dataset["layout"] === layout) return;
    document.body.dataset["layout"] = layout;
    this.setGuideline(layout === "wide");
  }

  /** Prints each action's key on its button, from the registry. */
  private printKeys(): void {
    for (const button of document.querySelectorAll<HTMLElement>("[data-action]")) {
      const hint = hintFor(button.dataset["action"] as ActionId);
      button.querySelector("kbd")?.remove();
      button.toggleAttribute("aria-keyshortcuts", hint !== "");
      if (hint === "") continue;
      button.append(h("kbd", { "aria-hidden": "true" }, hint));
      button.setAttribute("aria-keyshortcuts", hint);
    }
  }

  /** The keys are others now: those on buttons at once, those on options when the form is built anew. */
  reprintKeys(): void {
    this.printKeys();
    this.shownGuideline = 0;
  }

  onAction(run: (id: ActionId) => void): void {
    document.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-action]") : null;
      if (button) run(button.dataset["action"] as ActionId);
    });
  }

  showItem(item: Item, guideline: Guideline, sides: Sides = {}): void {
    const pane = byId("item");
    pane.replaceChildren(...renderItem(item, this.fields));
    pane.scrollTop = 0;
    if (guideline.number !== this.shownGuideline) {
      this.shownGuideline = guideline.number;
      this.form.build(guideline.label_schema.questions);
      this.panel.show(guideline);
      this.sayTouch();
      byId("guideline-number").textContent = `guideline v${guideline.number}`;
    }
    this.form.attach(itemPane(pane, item, this.fields, sides));
    byId("form").scrollTop = 0;
    this.clearProblems();
    this.show("workspace");
  }

  /** A schema that does not suit fingers says so, once, instead of only being harder. */
  private sayTouch(): void {
    this.clearNotice("touch");
    const { onTouch } = this.form;
    if (onTouch.length > 0 && matchMedia("(pointer: coarse)").matches) this.notice("touch", "info", onTouch.join(" "));
  }

  showEmpty(empty: Empty): void {
    byId("empty-what").textContent = empty.what;
    byId("empty-why").textContent = empty.why;
    byId("empty-retry").hidden = !empty.retry;
    byId("empty-link").hidden = !empty.back;
    this.show("empty");
    byId("empty").focus();
  }

  /** Another window of this browser is at work on the project. */
  showElsewhere(takeOver: () => void): void {
    const button = h("button", { type: "button", class: "primary" }, "Label here instead");
    button.addEventListener("click", takeOver);
    this.showInterlude(
      h("h2", {}, "You are labelling in another window"),
      h("p", {}, "Two windows would show the same items. Go on in the other one, close it, or take the work over to this one: nothing that you began is lost."),
      h("div", { class: "button-row" }, button),
    );
  }

  /** To the first open question; in one column the item itself must stay in sight. */
  focusForm(): void {
    const single = document.body.dataset["layout"] === "single";
    if (single) window.scrollTo(0, 0);
    this.form.focusFirstOpen({ preventScroll: single });
  }

  private show(which: "workspace" | "empty" | "interlude"): void {
    byId("workspace").hidden = which !== "workspace";
    byId("toolbar").hidden = which !== "workspace";
    byId("empty").hidden = which !== "empty";
    byId("interlude").hidden = which !== "interlude";
  }

  /** Something between two items, such as feedback or a pause. */
  showInterlude(...content: Node[]): void {
    byId("interlude").replaceChildren(...content);
    this.show("interlude");
    byId("interlude").focus();
  }

  /** The item comes back as it was. */
  endInterlude(): void {
    this.show("workspace");
    this.focusForm();
  }

  /** An earlier answer is on the screen: its remarks are shown, but only the answers can be changed. */
  setLooking(looking: boolean): void {
    this.main.toggleAttribute("data-looking", looking);
    this.note.readOnly = looking;
    for (const id of ["skip", "flag", "unclear", "note"]) {
      for (const button of document.querySelectorAll<HTMLButtonElement>(`.toolbar [data-action="${id}"]`)) button.disabled = looking;
    }
    const words = document.querySelector(".submit-button span");
    if (words) words.textContent = looking ? "Save the change" : "Submit";
  }

  showRemarks(remarks: Remarks): void {
    const press = (id: ActionId, on: boolean) => this.press(id, on);
    press("flag", remarks.flagged);
    press("unclear", remarks.unclear !== null);
    press("note", remarks.note !== "" || !byId("note-box").hidden);
    byId("mark-flag").hidden = !remarks.flagged;
    byId("mark-unclear").hidden = remarks.unclear === null;
    byId("remarks").hidden = !remarks.flagged && remarks.unclear === null;
  }

  /** Fills the note of an item; the box is open only where there is one. */
  fillNote(note: string): void {
    this.note.value = note;
    byId("note-box").hidden = note === "";
  }

  openNote(): void {
    byId("note-box").hidden = false;
    this.press("note", true);
    this.note.focus();
  }

  private press(id: ActionId, on: boolean): void {
    for (const button of document.querySelectorAll(`.toolbar [data-action="${id}"]`)) {
      button.setAttribute("aria-pressed", String(on));
    }
  }

  /** One summary with the focus, each line of it a way to its question. */
  showProblems(lines: ProblemLine[]): void {
    const rows = lines.map((line) => {
      if (line.question === null) return h("li", {}, line.words);
      const link = h("a", { href: "#questions" }, line.words);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.form.focusQuestion(line.question ?? "");
      });
      return h("li", {}, link);
    });
    byId("summary-list").replaceChildren(...rows);
    byId("summary").hidden = false;
    byId("summary").focus();
  }

  clearProblems(): void {
    byId("summary").hidden = true;
  }

  /** One message per subject; a later one replaces it. */
  notice(subject: string, tone: Tone, words: string, actions: NoticeAction[] = []): void {
    const controls = actions.map((action) => {
      if (action.href !== undefined) {
        const link = h("a", { class: "button small", href: action.href, target: action.blank ? "_blank" : null, rel: action.blank ? "noopener" : null }, action.label);
        if (action.run) link.addEventListener("click", action.run);
        return link;
      }
      const button = h("button", { type: "button", class: "small" }, action.label);
      button.addEventListener("click", () => action.run?.());
      return button;
    });
    const dismiss = h("button", { type: "button", class: "quiet small" }, "Dismiss");
    dismiss.addEventListener("click", () => this.clearNotice(subject));
    const banner = h("div", { class: `banner ${tone}` }, h("p", {}, words), h("span", { class: "cluster" }, ...controls, dismiss));
    this.clearNotice(subject);
    this.notices.append(banner);
    this.shownNotices.set(subject, banner);
  }

  clearNotice(subject: string): void {
    this.shownNotices.get(subject)?.remove();
    this.shownNotices.delete(subject);
  }

  announce(words: string): void {
    byId("announce").textContent = words;
  }

  showProgress(done: number, left: number | null): void {
    const total = left === null ? null : done + left;
    byId("progress-words").textContent = total === null ? `${done} done` : `${done} of ${total}`;
    byId("progress-words").title = left === null ? "" : `${done} done, ${left} left`;
    const bar = byId<HTMLProgressElement>("progress-bar");
    bar.hidden = total === null;
    bar.max = Math.max(1, total ?? 1);
    bar.value = done;
  }

  get guidelineOpen(): boolean {
    return this.main.dataset["guideline"] === "open";
  }

  get guidelineIsDrawer(): boolean {
    return document.body.dataset["layout"] !== "wide";
  }

  setGuideline(open: boolean): void {
    this.main.dataset["guideline"] = open ? "open" : "closed";
    this.press("guideline", open);
  }
}
