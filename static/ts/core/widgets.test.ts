import { beforeEach, describe, expect, it, vi } from "vitest";
import { readBoot } from "./boot";
import { applyTheme, attachThemeToggles, currentTheme } from "./theme";
import { attachConfirm, attachDialogs, attachMenus, focusMarked } from "./widgets";

function page(markup: string): Document {
  const fresh = document.implementation.createHTMLDocument();
  fresh.body.innerHTML = markup;
  return fresh;
}

describe("theme", () => {
  beforeEach(() => applyTheme("system"));

  it("goes round system, light and dark, and is kept in a cookie", () => {
    document.body.innerHTML = '<button data-theme-toggle hidden></button>';
    attachThemeToggles();
    const button = document.querySelector("button") as HTMLButtonElement;
    expect(button.hidden).toBe(false);
    const seen = [1, 2, 3].map(() => (button.click(), [button.textContent, currentTheme(), document.cookie]));
    expect(seen).toEqual([
      ["Theme: light", "light", "theme=light"],
      ["Theme: dark", "dark", "theme=dark"],
      ["Theme: system", "system", ""],
    ]);
  });
});

describe("menus", () => {
  it("close on Escape with the focus back, and on a click elsewhere", () => {
    document.body.innerHTML = '<details data-menu open><summary>More</summary><a href="#">x</a></details><p>else</p>';
    attachMenus(document);
    const menu = document.querySelector("details") as HTMLDetailsElement;
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(menu.open).toBe(false);
    expect(document.activeElement?.tagName).toBe("SUMMARY");
    menu.open = true;
    document.querySelector("a")?.click();
    expect(menu.open).toBe(true);
    document.querySelector("p")?.click();
    expect(menu.open).toBe(false);
  });
});

describe("dialogs", () => {
  it("open and close by their buttons", () => {
    document.body.innerHTML = '<button data-dialog-open="d">Open</button><dialog id="d"><button data-dialog-close>Close</button></dialog>';
    const dialog = document.querySelector("dialog") as HTMLDialogElement;
    dialog.showModal = vi.fn();
    dialog.close = vi.fn();
    attachDialogs(document);
    document.querySelector<HTMLElement>("[data-dialog-open]")?.click();
    expect(dialog.showModal).toHaveBeenCalledOnce();
    document.querySelector<HTMLElement>("[data-dialog-close]")?.click();
    expect(dialog.close).toHaveBeenCalledOnce();
  });
});

describe("confirmation", () => {
  it.each([
    [true, false],
    [false, true],
  ])("answered %s stops the form: %s", (answer, stopped) => {
    document.body.innerHTML = '<form data-confirm="Sure?"></form>';
    vi.spyOn(window, "confirm").mockReturnValue(answer);
    attachConfirm(document);
    const event = new Event("submit", { bubbles: true, cancelable: true });
    document.querySelector("form")?.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(stopped);
  });
});

describe("small things", () => {
  it("moves the focus to what is marked", () => {
    document.body.innerHTML = '<section tabindex="-1" data-focus></section>';
    focusMarked(document);
    expect(document.activeElement?.tagName).toBe("SECTION");
  });

  it("reads the data of the page, or says that there is none", () => {
    const fresh = page('<script id="boot" type="application/json">{"a": 1}</script>');
    expect(readBoot("boot", fresh)).toEqual({ a: 1 });
    expect(() => readBoot("other", fresh)).toThrow("other");
  });
});
