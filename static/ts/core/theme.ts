/** Light, dark or as the system says; kept in a cookie so that the server paints the right one at once. */

const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export function currentTheme(root: HTMLElement = document.documentElement): Theme {
  const value = root.dataset["theme"];
  return value === "light" || value === "dark" ? value : "system";
}

export function applyTheme(theme: Theme, root: HTMLElement = document.documentElement): void {
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  const age = theme === "system" ? 0 : 31_536_000;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
}

export function attachThemeToggles(scope: ParentNode = document): void {
  for (const button of scope.querySelectorAll<HTMLButtonElement>("[data-theme-toggle]")) {
    const say = () => (button.textContent = `Theme: ${currentTheme()}`);
    button.hidden = false;
    say();
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length];
      applyTheme(next ?? "system");
      say();
    });
  }
}
