/** The shapes of the API that the labeling page reads and writes. */

export type Answers = Record<string, unknown>;

export interface Field {
  name: string;
  type: "text" | "markdown" | "chat" | "image" | "number" | "json";
  title: string;
  required?: boolean;
  language?: string | null;
}

export interface LabelOption {
  value: string;
  title: string;
  shortcut?: string;
  clause?: string;
  parent?: string;
  opt_out?: boolean;
}

export interface Question {
  name: string;
  kind: string;
  title: string;
  required?: boolean;
  help?: string;
  clause?: string;
  when?: { question: string; in: unknown[] };
  labels?: LabelOption[] | Record<string, string>;
  min?: number;
  max?: number;
  exclusive?: string[];
  level?: "interval" | "ratio";
  max_length?: number;
  /** The field of the item that the answer points into. */
  field?: string;
  crossing?: "none" | "nested" | "any";
  /** What is ranked: texts of the schema, or fields of the item. */
  options?: string[];
  /** The fields of the item that are compared. */
  fields?: string[];
  extra?: string[];
}

export interface Example {
  text: string;
  answer: unknown;
  why: string;
  text_html?: string;
  why_html?: string;
}

export interface Clause {
  key: string;
  title: string;
  question?: string | null;
  label?: string | null;
  definition_html: string;
  use_when_html: string;
  avoid_when_html: string;
  examples: Example[];
}

export interface Guideline {
  number: number;
  clauses: Clause[];
  label_schema: { questions: Question[] };
}

export interface Item {
  id: string;
  fields: Record<string, unknown>;
  /** Its Markdown fields, rendered and sanitised by the server. */
  html?: Record<string, string>;
}

/** Question -> the fields it compares, in the order in which this person is to see them. */
export type Sides = Record<string, string[]>;

export interface Assignment {
  id: string;
  fence: number;
  round: string;
  expires_at: string;
  item: Item;
  guideline_version: number;
  suggestion: unknown;
  /** The answers as they were last kept, bare or under `answers`. */
  draft: Answers | null;
  sides?: Sides | null;
}

export type EmptyReason = "queue_empty" | "all_leased" | "acknowledgement_required" | "not_qualified";

export interface NextAnswer {
  assignments: Assignment[];
  reason: EmptyReason | null;
  retry_after: number | null;
  server_now: string;
}

export interface Annotation {
  id: string;
  item: string;
  round: string;
  answers: Answers;
  guideline_version: number;
  created_at: string;
  superseded_by: string | null;
}

export interface Unclear {
  clause: string | null;
  note: string;
}

/** What belongs to an item on screen besides its answers. */
export interface Remarks {
  note: string;
  flagged: boolean;
  unclear: Unclear | null;
}

export interface Boot {
  project: { slug: string; name: string };
  user_id: string;
  guideline: Guideline;
  fields: Field[];
  api: string;
  progress: { done: number; left: number | null };
}
