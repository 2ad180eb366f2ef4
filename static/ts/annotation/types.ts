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
  change?: "semantic" | "editorial";
  note?: string;
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

/** What a model proposes for the item: shown beside the questions, never an answer by itself. */
export interface Suggestion {
  id: string;
  agent: { id: string; name: string };
  version: string;
  /** How sure the agent is, 0 to 1. */
  score: number | null;
  answers: Answers;
}

export interface Assignment {
  id: string;
  fence: number;
  round: string;
  expires_at: string;
  item: Item;
  guideline_version: number;
  suggestion: Suggestion | null;
  /** What was last kept of it. */
  draft: StoredDraft | null;
  sides?: Sides | null;
  /** Of a practice round: its answer is told at once. */
  practice?: boolean;
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
  withdrawn_at?: string | null;
  note?: string;
  flagged?: boolean;
  unclear?: Unclear | null;
  feedback?: Feedback[];
  practice?: Practice;
}

/** What a practised answer is told about one question. */
export interface Feedback {
  question: string;
  correct: boolean;
  given: unknown;
  expected: unknown;
  explanation_html: string;
  clauses: string[];
}

/** How a practice round stands; `passed` is null before its last answer. */
export interface Practice {
  done: number;
  of: number;
  pass_mark: number;
  score: number | null;
  passed: boolean | null;
}

export interface Unclear {
  clause: string | null;
  note: string;
}

/** Answers that are not submitted, with the remarks to them, as the server keeps them. */
export interface StoredDraft {
  answers: Answers;
  note?: string;
  flagged?: boolean;
  unclear?: Unclear | null;
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
  /** Whether the project shows suggestions: their keys are then kept from labels. */
  suggestions?: boolean;
  progress: { done: number; left: number | null; drafts: number; skipped: number };
  preferences: Preferences;
}

/** How the pages behave for this person; kept on the server. */
export interface Preferences {
  single_keys: boolean;
  keys: Record<string, string>;
  break_minutes: number;
  auto_advance: boolean;
}
