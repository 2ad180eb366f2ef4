/** Small behaviours attached by `data-` attributes; all listen on the document, so fragments need no set-up. */

export function attachMenus(root: Document): void {
  const open = () => root.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]");
  root.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target as Node)) menu.open = false;
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

export function attachDialogs(root: Document): void {
  root.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest<HTMLElement>("[data-dialog-open]");
    if (opener) {
      const dialog = root.getElementById(opener.dataset["dialogOpen"] ?? "");
      if (dialog instanceof HTMLDialogElement) dialog.showModal();
    }
    event.target.closest("[data-dialog-close]")?.closest("dialog")?.close();
  });
}

/** Asks before a form that cannot be taken back is sent: `<form data-confirm="…">`. */
export function attachConfirm(root: Document): void {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    const words = form.dataset["confirm"];
    if (words && !window.confirm(words)) event.preventDefault();
  });
}

export function focusMarked(scope: ParentNode): void {
  scope.querySelector<HTMLElement>("[data-focus]")?.focus();
}
