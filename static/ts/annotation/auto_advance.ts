/** Opt-in: submits by itself once a pick has answered the last question, after the choice was in sight (A36). */
import type { Plug } from "./plugs";

/** The choice stays in sight at least 350 ms. */
export const IN_SIGHT_MS = 450;

export interface AutoAdvanceParts {
  on(): boolean;
  /** Every question that is asked has an answer, and the last one was a pick: one option of several. */
  isPicked(): boolean;
  submit(): void;
}

export function autoAdvance(parts: AutoAdvanceParts): Plug & { stop(): void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    stop,
    shown: stop,
    changed() {
      stop();
      if (!parts.on() || !parts.isPicked()) return;
      timer = setTimeout(() => {
        timer = null;
        if (parts.isPicked()) parts.submit();
      }, IN_SIGHT_MS);
    },
  };
}
