/** What every page has: theme, menus, dialogs, questions before a submit, and focus on what is new. */
import { attachSignOut } from "./sign_out";
import { attachThemeToggles } from "./theme";
import { attachConfirm, attachDialogs, attachMenus, focusMarked } from "./widgets";

attachThemeToggles();
attachMenus(document);
attachDialogs(document);
attachConfirm(document);
attachSignOut(document);
focusMarked(document);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target instanceof Element) focusMarked(event.target);
});
