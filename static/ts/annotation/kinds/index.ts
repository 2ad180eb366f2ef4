/** The kinds of question this page can ask; a new kind is one new file and one line here. */
import { boxes } from "./boxes";
import { choice } from "./choice";
import type { Kind } from "./kind";
import { multichoice } from "./multichoice";
import { number } from "./number";
import { preference } from "./preference";
import { ranking } from "./ranking";
import { rating } from "./rating";
import { spans } from "./spans";
import { text } from "./text";

const KINDS: ReadonlyMap<string, Kind> = new Map([choice, multichoice, rating, number, text, spans, boxes, ranking, preference].map((kind) => [kind.name, kind]));

export function kindOf(name: string): Kind | undefined {
  return KINDS.get(name);
}
