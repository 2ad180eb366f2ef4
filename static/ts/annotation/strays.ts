/** Drafts of an earlier page whose items did not come back by themselves: taken up again, or kept among what is not saved. */
import { Problem } from "../core/api";
import type { LocalDraft } from "./drafts";
import { newKey, refusalOf } from "./outbox";
import { hold } from "./queue";
import type { Screen } from "./screen";
import type { Assignment } from "./types";

export async function takeUpStrays(screen: Screen): Promise<void> {
  for (const stray of screen.parts.drafts.strays) await takeUp(screen, stray);
}

async function takeUp(screen: Screen, stray: LocalDraft): Promise<void> {
  const { api, drafts, queue, outbox } = screen.parts;
  // the answer itself is on its way
  if (outbox().assignments.has(stray.key)) return drafts.forget(stray.key);
  try {
    const { data } = await api.post<Assignment>(`${screen.base}/assignments/${stray.key}/renew`, { fence: stray.fence });
    const held = hold(data);
    drafts.restore(held);
    if (screen.busy) queue.putBack(held);
    else await screen.show(held);
  } catch (error) {
    // without an answer it stays where it is, for the next time
    if (!(error instanceof Problem) || error.temporary || error.signedOut) return;
    if (error.code !== "already_submitted") await park(screen, stray, error);
    drafts.forget(stray.key);
  }
}

async function park(screen: Screen, stray: LocalDraft, problem: Problem): Promise<void> {
  const { answers, ...remarks } = stray.draft;
  const body = { assignment: stray.key, fence: stray.fence, answers, lead_time_ms: stray.spent, ...remarks };
  const entry = { key: newKey(), kind: "annotation" as const, path: `${screen.base}/annotations`, body, assignment: stray.key, item: stray.item };
  await screen.parts.outbox().park(entry, refusalOf(problem));
  screen.parts.parked();
}
