/** The questions that the labeling page asks in a dialog: why skip, what is unclear, which keys. */
import { byId, h } from "../core/dom";
import { actionsInUse, printed } from "./keys";
import type { Clause, Unclear } from "./types";

export interface SkipReason {
  code: string;
  words: string;
}

export const SKIP_REASONS: readonly SkipReason[] = [
  { code: "language", words: "I do not know the language or the subject" },
  { code: "broken", words: "The item is empty, broken or cut off" },
  { code: "no_label_fits", words: "No label fits" },
  { code: "upsetting", words: "I do not want to read this" },
  { code: "other", words: "Another reason" },
];

/** Opens a dialog and waits until it closes; what it returns is the value of the button pressed. */
function ask(dialog: HTMLDialogElement): Promise<string> {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true }));
}

export async function askSkipReason(): Promise<string | null> {
  const dialog = byId<HTMLDialogElement>("skip-dialog");
  const list = byId("skip-reasons");
  const buttons = SKIP_REASONS.map((reason, index) => {
    const button = h("button", { type: "submit", value: reason.code, class: "reason" }, reason.words, h("kbd", { "aria-hidden": "true" }, String(index + 1)));
    button.setAttribute("aria-keyshortcuts", String(index + 1));
    return h("li", {}, button);
  });
  list.replaceChildren(...buttons);
  const onKey = (event: KeyboardEvent) => {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const reason = SKIP_REASONS[Number(digit) - 1];
    if (!reason || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    dialog.close(reason.code);
  };
  dialog.addEventListener("keydown", onKey);
  const answer = await ask(dialog);
  dialog.removeEventListener("keydown", onKey);
  return answer === "" || answer === "cancel" ? null : answer;
}

export async function askUnclear(clauses: Clause[], focused: Clause | null, before: Unclear | null): Promise<Unclear | null | "remove"> {
  const dialog = byId<HTMLDialogElement>("unclear-dialog");
  const select = byId<HTMLSelectElement>("unclear-clause");
  const note = byId<HTMLInputElement>("unclear-note");
  const options = clauses.map((clause) => h("option", { value: clause.key }, `${clause.title || clause.key} (${clause.key})`));
  select.replaceChildren(...options, h("option", { value: "" }, "No clause covers this"));
  select.value = before?.clause ?? focused?.key ?? clauses[0]?.key ?? "";
  note.value = before?.note ?? "";
  byId("unclear-remove").hidden = before === null;
  const answer = ask(dialog);
  note.focus();
  switch (await answer) {
    case "save":
      return { clause: select.value || null, note: note.value.trim() };
    case "remove":
      return "remove";
    default:
      return null;
  }
}

/** A changed answer is about to be left. */
export async function askLeave(): Promise<"save" | "discard" | "stay"> {
  const answer = await ask(byId<HTMLDialogElement>("leave-dialog"));
  return answer === "save" || answer === "discard" ? answer : "stay";
}

function keyRows(): HTMLElement[] {
  const rows = actionsInUse().map((action) => {
    const keys = action.keys.flatMap((key, index) => [index > 0 ? " or " : "", h("kbd", {}, printed(key))]);
    return h("tr", {}, h("th", { scope: "row" }, ...keys), h("td", {}, action.title));
  });
  const digits = h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, "1"), " … ", h("kbd", {}, "9"), " ", h("kbd", {}, "0")), h("td", {}, "Pick an option; with Shift options 11 to 20"));
  return [digits, ...rows];
}

/** The sheet of keys, with the preferences that matter while labelling. */
export async function showSheet(): Promise<void> {
  byId("sheet-rows").replaceChildren(...keyRows());
  const dialog = byId<HTMLDialogElement>("sheet-dialog");
  const closed = ask(dialog);
  dialog.scrollTop = 0; // the button in focus is at its end
  await closed;
}

/** The keys changed while the sheet is open. */
export function reprintSheet(): void {
  byId("sheet-rows").replaceChildren(...keyRows());
}
