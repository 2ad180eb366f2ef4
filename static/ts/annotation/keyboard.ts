/** Brings key presses and the buttons of the page to one table of actions. */
import { readKey } from "./keys";
import type { ActionId, KeySettings } from "./keys";
import type { QuestionForm } from "./question_form";

export type Actions = Partial<Record<ActionId, () => void>>;

/** True if the press was used, so that the browser must not use it too. */
export function handleKey(
  event: KeyboardEvent,
  settings: KeySettings,
  actions: Actions,
  form: QuestionForm,
  act: (action: ActionId) => boolean = (action) => form.act(action),
): boolean {
  // an open dialog has the keys to itself
  if (document.querySelector("dialog[open]")) return false;
  const pressed = readKey(event, settings, form.scopes());
  if (!pressed) return false;
  if (pressed.action) {
    if (act(pressed.action)) return true;
    const run = actions[pressed.action];
    run?.();
    return run !== undefined && pressed.action !== "back";
  }
  if (pressed.digit !== undefined && pressed.option !== undefined) return form.pickDigit(pressed.digit, pressed.option);
  return pressed.letter !== undefined && form.pickLetter(pressed.letter);
}
