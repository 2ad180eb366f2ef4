import { describe, expect, it } from "vitest";
import type { DraftState } from "./drafts";
import { chipFor } from "./save_chip";

const calm = { queued: 0, failed: 0, sending: false, offline: false, troubled: false, signedOut: false };
const none: DraftState = { unsaved: 0, trouble: null };

describe("save chip", () => {
  it.each([
    [calm, none, "saved", "Saved"],
    [{ ...calm, queued: 1, sending: true }, none, "saving", "Saving"],
    [calm, { unsaved: 1, trouble: null }, "saving", "Saving"],
    [{ ...calm, queued: 4, offline: true }, none, "offline", "Offline – 4 queued"],
    [calm, { unsaved: 1, trouble: "offline" }, "offline", "Offline – 1 queued"],
    [{ ...calm, queued: 1, troubled: true }, { unsaved: 1, trouble: "server" }, "offline", "Server away – 2 queued"],
    [{ ...calm, queued: 1, failed: 2 }, none, "failed", "Failed – 2 not saved"],
    [calm, { unsaved: 1, trouble: "refused" }, "failed", "Failed – 1 not saved"],
    [{ ...calm, queued: 3, signedOut: true }, none, "failed", "Signed out – 3 kept here"],
    [calm, { unsaved: 1, trouble: "signed-out" }, "failed", "Signed out – 1 kept here"],
  ] as const)("%o with drafts %o is %s", (state, drafts, name, words) => {
    expect(chipFor(state, drafts)).toEqual({ state: name, words });
  });
});
