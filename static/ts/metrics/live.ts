// The first line of the agreement page asks for itself every few seconds (htmx): not while nobody looks at it, and a
// screen reader hears only what has changed.

interface Htmx {
  trigger(element: Element, event: string): void;
}

const line = (): HTMLElement | null => document.querySelector("[data-live]");
const said = (): string => (document.querySelector("#headline")?.textContent ?? "").replace(/\s+/g, " ").trim();
let heard = said();

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && (event.target as Element).matches?.("[data-live]")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  const element = line();
  if (!document.hidden && element) (window as unknown as { htmx?: Htmx }).htmx?.trigger(element, "wake");
});
document.body.addEventListener("htmx:afterSettle", () => {
  const now = said();
  if (now === heard) return;
  heard = now;
  const badge = document.querySelector("#headline .badge")?.textContent?.trim() ?? "";
  const text = document.querySelector("#headline [data-live-text]")?.textContent?.replace(/\s+/g, " ").trim() ?? "";
  const news = document.querySelector("#headline-news");
  if (news) news.textContent = `Agreement has changed: ${badge}. ${text}`;
});
// Details that hold a table twin are printed open.
addEventListener("beforeprint", () => {
  for (const twin of document.querySelectorAll<HTMLDetailsElement>("details.twin")) twin.open = true;
});
