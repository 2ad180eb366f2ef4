/** An order in the making: tiers, best first; what stands in one tier is tied. Pure. */

export type Tiers = readonly (readonly string[])[];

function tierOf(tiers: Tiers, option: string): number {
  return tiers.findIndex((tier) => tier.includes(option));
}

function without(tiers: Tiers, option: string): string[][] {
  return tiers.map((tier) => tier.filter((other) => other !== option)).filter((tier) => tier.length > 0);
}

export function isRanked(tiers: Tiers, option: string): boolean {
  return tierOf(tiers, option) >= 0;
}

/** An option that is left out comes last, a ranked one is left out. */
export function toggle(tiers: Tiers, option: string): string[][] {
  return isRanked(tiers, option) ? without(tiers, option) : [...without(tiers, option), [option]];
}

/** One place better (-1) or worse (1), alone in its place: out of its tie, or past the whole tier beside it. */
export function move(tiers: Tiers, option: string, step: -1 | 1): string[][] {
  const from = tierOf(tiers, option);
  if (from < 0) return step === -1 ? toggle(tiers, option) : without(tiers, option);
  const tied = (tiers[from]?.length ?? 0) > 1;
  const rest = without(tiers, option);
  const place = tied ? from + (step === 1 ? 1 : 0) : from + step;
  rest.splice(Math.max(0, Math.min(rest.length, place)), 0, [option]);
  return rest;
}

/** Ties an option with what stands above it; one that is tied already stands alone below its tie again. */
export function tie(tiers: Tiers, option: string): string[][] {
  const from = tierOf(tiers, option);
  const tier = tiers[from];
  if (!tier) return without(tiers, option);
  const rest = without(tiers, option);
  if (tier.length > 1 && (tier[0] !== option || from === 0)) rest.splice(from + 1, 0, [option]);
  else if (from > 0) rest[from - 1]?.push(option);
  else rest.unshift([option]);
  return rest;
}

/** Puts an option before or after another one, alone in its place; without a `target` it is left out. */
export function place(tiers: Tiers, option: string, target: string | null, after: boolean): string[][] {
  const rest = without(tiers, option);
  if (target === null || target === option) return target === option ? tiers.map((tier) => [...tier]) : rest;
  const at = tierOf(rest, target);
  if (at < 0) return rest;
  rest.splice(at + (after ? 1 : 0), 0, [option]);
  return rest;
}

/** The rank as it is counted: behind two firsts comes the third. 0 for an option that is left out. */
export function rankOf(tiers: Tiers, option: string): number {
  const at = tierOf(tiers, option);
  return at < 0 ? 0 : 1 + tiers.slice(0, at).reduce((sum, tier) => sum + tier.length, 0);
}

export function isTied(tiers: Tiers, option: string): boolean {
  return (tiers[tierOf(tiers, option)]?.length ?? 0) > 1;
}

/** The answer: ties in the order of the options, so that equal orders are written equally; null while there is none. */
export function answerOf(tiers: Tiers, options: readonly string[]): string[][] | null {
  const written = tiers.map((tier) => options.filter((option) => tier.includes(option)));
  return written.length > 0 ? written : null;
}

/** What a stored answer says about these options. */
export function tiersOf(value: unknown, options: readonly string[]): string[][] {
  if (!Array.isArray(value)) return [];
  const seen = new Set<string>();
  const fresh = (option: unknown): option is string => typeof option === "string" && options.includes(option) && !seen.has(option) && Boolean(seen.add(option));
  return (value as unknown[]).map((tier) => (Array.isArray(tier) ? (tier as unknown[]).filter(fresh) : [])).filter((tier) => tier.length > 0);
}

/** How an option stands, in words. */
export function standing(tiers: Tiers, option: string): string {
  const rank = rankOf(tiers, option);
  if (rank === 0) return "not ranked";
  const count = tiers.flat().length;
  return `rank ${rank} of ${count}${isTied(tiers, option) ? ", tied" : ""}`;
}
