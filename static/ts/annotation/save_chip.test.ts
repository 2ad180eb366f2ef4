import { describe, expect, it } from "vitest";
import { chipFor } from "./save_chip";

const calm = { queued: 0, failed: 0, sending: false, offline: false, signedOut: false };

describe("save chip", () => {
  it.each([
    [calm, false, "saved", "Saved"],
    [{ ...calm, queued: 1, sending: true }, false, "saving", "Saving"],
    [calm, true, "saving", "Saving"],
    [{ ...calm, queued: 4, offline: true }, false, "offline", "Offline – 4 queued"],
    [{ ...calm, queued: 1, failed: 2 }, false, "failed", "Failed – 2 not saved"],
    [{ ...calm, queued: 3, signedOut: true }, false, "failed", "Signed out – 3 kept here"],
  ])("%o with a draft under way %s is %s", (state, draft, name, words) => {
    expect(chipFor(state, draft)).toEqual({ state: name, words });
  });
});
