/** The kinds of question this page can ask; a new kind is one new file and one line here. */
import { choice } from "./choice";
import type { Kind } from "./kind";
import { rating } from "./rating";

const KINDS: ReadonlyMap<string, Kind> = new Map([choice, rating].map((kind) => [kind.name, kind]));

export function kindOf(name: string): Kind | undefined {
  return KINDS.get(name);
}
