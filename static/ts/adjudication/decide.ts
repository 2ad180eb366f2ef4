/** Keys and buttons of the decision form. Without this script the form works by itself. */
import { readChoice } from "./choices";
import type { Choice } from "./choices";
import { byId } from "../core/dom";

const form = byId<HTMLFormElement>("decision-form");
const adopters = [...document.querySelectorAll<HTMLButtonElement>("[data-adopt]")];
const cards = [...document.querySelectorAll<HTMLElement>(".case-card")];
const answers = [...form.querySelectorAll<HTMLInputElement>("input[name=answer]")];

/** Where an answer that nobody gave is typed or ticked. */
const own = [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>("[name=own], [name^=own-]")];

function setOutcome(value: string): void {
  byId<HTMLInputElement>(`outcome-${value}`).checked = true;
  if (value !== "answer") for (const answer of answers) answer.checked = false;
  showAdopted();
}

function choose(value: string | undefined): void {
  const found = answers.find((answer) => answer.value === value);
  if (!found) return;
  found.checked = true;
  setOutcome("answer");
}

/** An own answer is chosen by writing it. */
function chooseOwn(): void {
  choose("own");
}

function pickOption(key: string): void {
  const box = own.find((control) => control.dataset["option"] === key);
  if (!box) return choose(answers.find((answer) => answer.dataset["option"] === key)?.value);
  if (box instanceof HTMLInputElement) box.checked = !box.checked;
  chooseOwn();
  form.setAttribute("data-own", "");
}

function showAdopted(): void {
  const chosen = answers.find((answer) => answer.checked)?.value;
  for (const card of cards) card.toggleAttribute("data-adopted", chosen !== undefined && card.dataset["value"] === chosen);
}

function focusBox(selector: string): void {
  const control = form.querySelector<HTMLElement>(selector);
  const folded = control?.closest("details");
  if (folded) folded.open = true;
  control?.focus();
}

function carryOut(choice: Choice): void {
  const opened = form.hasAttribute("data-own");
  form.toggleAttribute("data-own", choice.act === "own" && !opened);
  switch (choice.act) {
    case "adopt": return choose(cards[choice.index]?.dataset["value"]);
    case "option": return pickOption(choice.key);
    case "cause": byId<HTMLSelectElement>("id_cause").value = choice.value; return;
    case "own": return focusBox(own.length > 0 ? "[name=own], [name^=own-]" : "input[name=answer]");
    case "none": return setOutcome("no_answer");
    case "keep": return setOutcome("keep_disagreement");
    case "rationale": return byId("id_rationale").focus();
    case "clauses": return focusBox("input[name=clauses]");
    case "gap": { const gap = byId<HTMLInputElement>("id_guideline_gap"); gap.checked = !gap.checked; return; }
    case "escalate": { byId<HTMLDetailsElement>("escalate-box").open = true; byId("escalate-question").focus(); return; }
    case "precedents": { const box = byId("precedents"); box.focus(); box.scrollIntoView({ block: "start" }); return; }
    case "back": if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
}

for (const button of adopters) {
  button.hidden = false;
  button.addEventListener("click", () => choose(button.dataset["adopt"]));
}
for (const answer of answers) answer.addEventListener("change", () => choose(answer.value));
for (const control of own) control.addEventListener("input", chooseOwn);
for (const outcome of form.querySelectorAll<HTMLInputElement>("input[name=outcome]")) {
  outcome.addEventListener("change", () => setOutcome(outcome.value));
}
document.addEventListener("keydown", (event) => {
  // From the page at large too: after adopting an answer by its key, nothing has the focus.
  const focused = document.activeElement ?? document.body;
  const isHere = focused === document.body || focused.id === "main" || form.contains(focused);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && isHere) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const choice = readChoice(event, form.hasAttribute("data-own"));
  if (!choice) return;
  event.preventDefault();
  carryOut(choice);
});
showAdopted();
