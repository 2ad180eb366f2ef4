/** A person's preferences on the labeling page: in force at once, kept on the server, changed in the sheet of keys. */
import { Offline, Problem } from "../core/api";
import type { Api } from "../core/api";
import { byId, h } from "../core/dom";
import { reprintSheet } from "./dialogs";
import { actionsInUse, useKeys } from "./keys";
import type { KeySettings } from "./keys";
import type { Preferences } from "./types";

const PAGE = "/accounts/preferences/";
const FIXED = new Set(["back"]);

export class Settings {
  readonly keys: KeySettings;

  /** Told once a change is in force. */
  onChange: () => void = () => undefined;

  constructor(private readonly api: Pick<Api, "post">, private held: Preferences) {
    this.keys = { singleKeys: held.single_keys };
    useKeys(held.keys, held.single_keys);
  }

  get now(): Preferences {
    return this.held;
  }

  /** Ties the controls of the sheet to the preferences. */
  attach(): void {
    this.tick("single-keys", "single_keys");
    this.tick("auto-advance", "auto_advance");
    const pauses = byId<HTMLSelectElement>("break-minutes");
    pauses.value = String(this.held.break_minutes);
    pauses.addEventListener("change", () => void this.save({ break_minutes: Number(pauses.value) }));
    const which = byId<HTMLSelectElement>("remap-action");
    which.replaceChildren(...actionsInUse().filter(({ id }) => !FIXED.has(id)).map(({ id, title }) => h("option", { value: id }, title)));
    const key = byId<HTMLInputElement>("remap-key");
    key.addEventListener("keydown", (event) => this.catchKey(event, key));
    byId("remap-set").addEventListener("click", () => void this.remap(which.value, key));
    byId("remap-reset").addEventListener("click", () => void this.save({ keys: {} }));
  }

  private tick(id: string, name: "single_keys" | "auto_advance"): void {
    const box = byId<HTMLInputElement>(id);
    box.checked = this.held[name];
    box.addEventListener("change", () => void this.save({ [name]: box.checked }));
  }

  /** A key is given by pressing it; what leaves a field or types into it keeps its meaning. */
  private catchKey(event: KeyboardEvent, field: HTMLInputElement): void {
    if (event.isComposing || ["Tab", "Escape", "Backspace", "Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
    event.preventDefault();
    const letter = event.key.length === 1;
    const shift = event.shiftKey && (!letter || event.ctrlKey || event.altKey);
    const pressed = [event.ctrlKey && "Ctrl", event.altKey && "Alt", shift && "Shift"].filter(Boolean);
    field.value = [...pressed, letter ? event.key.toUpperCase() : event.key].join("+");
  }

  private async remap(action: string, field: HTMLInputElement): Promise<void> {
    const { [action]: _, ...others } = this.held.keys;
    const key = field.value.trim();
    if (await this.save({ keys: key ? { ...others, [action]: key } : others })) field.value = "";
  }

  /** In force once the server has it; what it refuses is said in its words. */
  private async save(changes: Partial<Preferences>): Promise<boolean> {
    const said = byId("sheet-said");
    try {
      this.held = (await this.api.post<Preferences>(PAGE, changes)).data;
    } catch (error) {
      if (!(error instanceof Problem) && !(error instanceof Offline)) throw error;
      said.textContent = error instanceof Offline ? "There is no connection. Nothing is changed." : (error.errors[0]?.detail ?? error.message);
      this.show();
      return false;
    }
    said.textContent = "Saved for every browser you sign in with.";
    this.keys.singleKeys = this.held.single_keys;
    useKeys(this.held.keys, this.held.single_keys);
    this.show();
    reprintSheet();
    this.onChange();
    return true;
  }

  private show(): void {
    byId<HTMLInputElement>("single-keys").checked = this.held.single_keys;
    byId<HTMLInputElement>("auto-advance").checked = this.held.auto_advance;
    byId<HTMLSelectElement>("break-minutes").value = String(this.held.break_minutes);
  }
}
