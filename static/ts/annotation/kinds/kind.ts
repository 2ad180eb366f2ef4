/** What the question form expects of a kind of question. */
import type { ActionId, KeyScope } from "../keys";
import type { Field, Item, Question, Sides } from "../types";

/** One field of the item on the screen, for kinds that ask about a place in it. */
export interface FieldView {
  field: Field;
  /** As it is stored. */
  value: unknown;
  /** The section of the field; several questions may draw on the same one, so it is what they meet at. */
  section: HTMLElement;
  /** Puts an element in the place of the one that shows the value. */
  draw(element: HTMLElement): void;
}

export interface ItemPane {
  item: Item;
  sides: Sides;
  /** Null where the item has no such field on the screen. */
  field(name: string): FieldView | null;
}

export interface KindContext {
  /** Unique in the page: ids of the controls begin with it. */
  id: string;
  /** The person changed the answer. */
  changed(): void;
  /** A label came into focus, so the guideline follows it; null for the question as a whole. */
  focused(label: string | null): void;
  /** The keys and hints speak to this question from now on, though the focus may be in the item. */
  activated(): void;
  /** Says something to a screen reader, politely. */
  announce(words: string): void;
}

export interface Control {
  element: HTMLElement;
  /** The answer, or null while there is none. */
  value(): unknown;
  setValue(value: unknown): void;
  /** What is wrong with what was given, as an instruction, or null. */
  problem?(): string | null;
  focus(options?: FocusOptions): void;
  /** Picks or toggles by digit or position; true if the key meant something here. */
  pickDigit(digit: number, option: number): boolean;
  pickLetter(letter: string): boolean;
  focusFilter?(): void;

  // For kinds that draw on the item; all of it may be left out.

  /** Another item is on the screen: draw on its field. Comes before `setValue`, once per item. */
  attach?(pane: ItemPane): void;
  /** Asked or not (`when`): what it draws on the item comes and goes with it. */
  setAsked?(asked: boolean): void;
  /** Whether a focused element outside of `element`, in the item, belongs to this question. */
  owns?(element: Element): boolean;
  /** The keys of the registry that mean something now, besides the general ones. */
  scopes?(): KeyScope[];
  /** Does a key of those scopes, or `undo`, `redo` and `back` inside the answer; false passes it on to the page. */
  act?(action: ActionId): boolean;
  /** Shows a suggested answer on the item, dashed, without making it the answer; null takes it away. */
  suggest?(answer: unknown): void;
  /** True while nothing was done here yet though an answer exists, such as an empty list: gets the focus first. */
  untouched?(): boolean;
}

export interface Kind {
  name: string;
  /** The scopes of keys its questions may use, so that no label takes their letters. */
  scopes?: readonly KeyScope[];
  /** What a person who works with fingers should know before answering such a question; null where nothing is lost. */
  onTouch?(question: Question): string | null;
  /** The instruction when a required question has no answer. */
  missing(question: Question): string;
  build(question: Question, context: KindContext): Control;
}
