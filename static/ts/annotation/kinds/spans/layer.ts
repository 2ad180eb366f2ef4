/** What the editor of a text asks of a question about spans in it. */
import type { LabelOption } from "../../types";
import type { Mark } from "./marks";
import type { Span } from "./model";
import type { Unit } from "./snapping";

export interface Layer {
  id: string;
  title: string;
  labels: readonly LabelOption[];
  /** Colour and kind of line of a label. */
  look(label: string): number;
  marks(): Mark[];
  /** A label was chosen for what is selected. */
  apply(index: number): boolean;
  /** New edges for a span, in UTF-16; the span as it is now, or null if it was refused. */
  move(span: Span, range: Unit): Span | null;
  remove(span: Span): void;
  /** The chosen span has changed: the list follows. */
  picked(span: Span | null): void;
  /** The keys are for this question now. */
  activated(): void;
  announce(words: string): void;
}
