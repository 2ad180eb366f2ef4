/** Which line under the text a span is drawn on, so that stacked spans are all seen. */

export interface Range {
  start: number;
  end: number;
}

/** Lines that are drawn; what is stacked deeper is counted as "+n". */
export const LANES = 3;

export interface Laned<T extends Range> {
  span: T;
  /** From 0, the line next to the text. */
  lane: number;
}

/** The free line next to the text for each span: earlier ones first, of those the longest. */
export function assignLanes<T extends Range>(spans: readonly T[]): Laned<T>[] {
  const ends: number[] = [];
  return [...spans]
    .sort((a, b) => a.start - b.start || b.end - a.end)
    .map((span) => {
      const free = ends.findIndex((end) => end <= span.start);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = span.end;
      return { span, lane };
    });
}

export interface Hidden<T extends Range> extends Range {
  spans: T[];
}

/** Spans without a line of their own, those that overlap together. */
export function groupHidden<T extends Range>(laned: readonly Laned<T>[]): Hidden<T>[] {
  const groups: Hidden<T>[] = [];
  for (const { span } of laned.filter(({ lane }) => lane >= LANES)) {
    const last = groups.at(-1);
    if (last && span.start < last.end) {
      last.spans.push(span);
      last.end = Math.max(last.end, span.end);
    } else {
      groups.push({ start: span.start, end: span.end, spans: [span] });
    }
  }
  return groups;
}

export interface Depth extends Range {
  /** Lines needed under this stretch: 2, 3, or 4 where there is a "+n". */
  depth: number;
}

/** The stretches of text that need more room below than one line of labels. */
export function depths(laned: readonly Laned<Range>[]): Depth[] {
  const deep = laned.filter(({ lane }) => lane > 0);
  const edges = [...new Set(deep.flatMap(({ span }) => [span.start, span.end]))].sort((a, b) => a - b);
  const found: Depth[] = [];
  for (const [index, start] of edges.entries()) {
    const end = edges[index + 1];
    if (end === undefined) break;
    const here = deep.filter(({ span }) => span.start < end && start < span.end).map(({ lane }) => Math.min(lane, LANES) + 1);
    const depth = Math.max(0, ...here);
    const last = found.at(-1);
    if (depth === 0) continue;
    if (last && last.end === start && last.depth === depth) last.end = end;
    else found.push({ start, end, depth });
  }
  return found;
}
