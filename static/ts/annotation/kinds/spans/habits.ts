/** Kept from item to item: how one selects, and whether one works in the text. */
import type { Snap } from "./snapping";

export const habits: { snap: Snap; inText: boolean } = { snap: "word", inText: false };
