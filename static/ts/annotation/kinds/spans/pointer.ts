/** Mouse and finger on a text: select by drawing, choose a span by pressing it, draw its edges by their handles. */
import type { TextEditor } from "./editor";
import type { Edge } from "./frame";

/** A finger that holds and moves the handles of the system is done when they rest. */
const REST_MS = 250;
/** A press that moves less is no drawing. */
const STILL_PX = 4;

function nativeRange(): Range | null {
  const selection = document.getSelection();
  return selection && selection.rangeCount > 0 && !selection.isCollapsed ? selection.getRangeAt(0) : null;
}

export function watchPointer(editor: TextEditor, handles: Readonly<Record<Edge, HTMLElement>>, signal: AbortSignal): void {
  const { surface } = editor;
  /** A long press is taken from us before the finger is lifted: then only the selection tells of it. */
  let byTouch = false;
  let pressed: { x: number; y: number; touch: boolean } | null = null;

  /** Takes over what the browser has selected. */
  const take = (touch: boolean): boolean => {
    const native = nativeRange();
    const range = native && surface.rangeOf(native);
    if (!range || !editor.select(range)) return false;
    // what is selected is drawn by the page; the handles of the system stay where they are of use
    if (!touch) document.getSelection()?.removeAllRanges();
    editor.takeFocus();
    editor.openBar(touch);
    return true;
  };

  const press = (x: number, y: number, touch: boolean): void => {
    const chosen = editor.pickAt(x, y);
    if (!chosen) {
      const offset = surface.offsetAt(x, y);
      if (offset === null) return;
      // a finger has no caret to set: it takes the word it touches
      const unit = touch ? editor.snapper.grapheme(Math.min(offset, surface.content.text.length - 1)) : null;
      if (!unit || !editor.select(unit)) editor.setCaret(offset);
    }
    editor.takeFocus();
    editor.openBar(touch);
  };

  surface.element.addEventListener("pointerdown", (event) => {
    if (editor.isOwn(event.target) || event.button !== 0) return;
    byTouch = event.pointerType === "touch";
    pressed = { x: event.clientX, y: event.clientY, touch: byTouch };
    editor.hideBar();
  }, { signal });

  document.addEventListener("pointerup", (event) => {
    const down = pressed;
    pressed = null;
    if (!down) return;
    const still = Math.hypot(event.clientX - down.x, event.clientY - down.y) < STILL_PX;
    // the browser settles its selection after this event
    requestAnimationFrame(() => {
      if (!take(down.touch) && still) press(event.clientX, event.clientY, down.touch);
    });
  }, { signal });

  document.addEventListener("pointercancel", () => (pressed = null), { signal });

  let rest: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("selectionchange", () => {
    clearTimeout(rest);
    if (byTouch && nativeRange()) rest = setTimeout(() => take(true), REST_MS);
  }, { signal });

  for (const edge of ["start", "end"] as const) watchHandle(editor, edge, handles[edge], signal);
}

function watchHandle(editor: TextEditor, edge: Edge, element: HTMLElement, signal: AbortSignal): void {
  const placeOf = (event: PointerEvent) => editor.surface.offsetAt(event.clientX, event.clientY);
  let last: number | null = null;
  element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    last = null;
    element.setPointerCapture(event.pointerId);
    // so that the text under the finger is found and not the handle
    editor.surface.element.setAttribute("data-drawing", "");
    editor.hideBar();
  }, { signal });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    last = placeOf(event) ?? last;
    if (last !== null) editor.dragTo(edge, last, false);
  }, { signal });
  const end = (event: PointerEvent): void => {
    editor.surface.element.removeAttribute("data-drawing");
    if (last !== null) editor.dragTo(edge, last, true);
    editor.takeFocus();
    editor.openBar(event.pointerType === "touch");
  };
  element.addEventListener("pointerup", end, { signal });
  element.addEventListener("pointercancel", end, { signal });
}
