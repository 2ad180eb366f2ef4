/** Guideline versions by number: an assignment is answered under the version it pins, not the newest one. */
import type { Api } from "../core/api";
import type { Clause, Guideline } from "./types";

export class Guidelines {
  private readonly known = new Map<number, Guideline>();
  private readonly asked = new Map<number, Promise<Guideline>>();

  constructor(current: Guideline, private readonly api: Pick<Api, "get">, private readonly base: string) {
    this.known.set(current.number, current);
  }

  /** The version if it is in memory already. */
  peek(number: number): Guideline | undefined {
    return this.known.get(number);
  }

  load(number: number): Promise<Guideline> {
    const known = this.known.get(number);
    if (known) return Promise.resolve(known);
    const asked = this.asked.get(number);
    if (asked) return asked;
    const asking = this.fetch(number).finally(() => this.asked.delete(number));
    this.asked.set(number, asking);
    return asking;
  }

  private async fetch(number: number): Promise<Guideline> {
    const { data } = await this.api.get<Guideline>(`${this.base}/guidelines/${number}`);
    this.known.set(number, data);
    return data;
  }
}

/** The clause that speaks about a label, or about the question where none does. */
export function clauseFor(guideline: Guideline, question: string, label: string | null): Clause | null {
  const asked = guideline.label_schema.questions.find((candidate) => candidate.name === question);
  const option = Array.isArray(asked?.labels) ? asked.labels.find((candidate) => candidate.value === label) : undefined;
  const named = option?.clause ?? (label === null ? asked?.clause : undefined);
  const byKey = guideline.clauses.find((clause) => named !== undefined && clause.key === named);
  if (byKey) return byKey;
  const about = guideline.clauses.filter((clause) => clause.question === question);
  return (
    about.find((clause) => label !== null && clause.label === label) ??
    guideline.clauses.find((clause) => asked?.clause !== undefined && clause.key === asked.clause) ??
    about.find((clause) => !clause.label) ??
    null
  );
}
