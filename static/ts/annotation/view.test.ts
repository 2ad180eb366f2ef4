import { describe, expect, it } from "vitest";
import { layoutFor } from "./view";

describe("layout", () => {
  it.each([
    [1280, 800, 16, "wide"],
    [1199, 800, 16, "drawer"],
    [767, 800, 16, "single"],
    [390, 844, 16, "single"],
    [1280, 800, 32, "single"],
    [1280, 300, 16, "single"],
  ])("%i × %i with text of %i px is %s", (width, height, rem, layout) => {
    expect(layoutFor(width, height, rem)).toBe(layout);
  });
});
