/** Says that only the words of the guideline changed (A17): a banner, once for each version. */
import type { Plug } from "./plugs";
import type { Guideline } from "./types";
import type { View } from "./view";

export interface ChangeParts {
  view: View;
  slug: string;
  known(number: number): Guideline | undefined;
  /** Remembers a number for the next visit. */
  memory: Pick<Storage, "getItem" | "setItem">;
}

export function wordChanges({ view, slug, known, memory }: ChangeParts): Plug {
  const key = `concord:guideline:${slug}`;
  let seen = Number(memory.getItem(key) ?? 0);
  return {
    shown(held, looking) {
      const { guideline_version: number } = held.assignment;
      if (looking || number <= seen) return;
      const before = seen;
      seen = number;
      memory.setItem(key, String(number));
      const guideline = known(number);
      if (before === 0 || guideline?.change !== "editorial") return;
      const note = guideline.note ? `: ${guideline.note}` : ".";
      view.notice("words", "info", `The guideline says the same in other words since version ${number}${note}`, [
        { label: "See what changed", href: `/p/${slug}/guideline/compare/?from=${before}&to=${number}`, blank: true },
      ]);
    },
  };
}
