// The palette keeps WCAG AA in both schemes: text 4.5:1, edges of controls and marks in charts 3:1.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(path.resolve(import.meta.dirname, "../../static/css/tokens.css"), "utf8");
const colours = Object.fromEntries(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [name, [light, dark]]),
);

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const text = [
  ...["page", "surface", "raised", "sunken"].flatMap((ground) => [["ink", ground], ["ink-muted", ground], ["accent", ground]]),
  ...["ok", "warn", "bad", "info"].flatMap((state) => [[state, `${state}-soft`], [state, "surface"], ["ink", `${state}-soft`]]),
  ["ink-on-accent", "accent"],
  ["ink-on-accent", "accent-strong"],
  ["accent-strong", "accent-soft"],
  ["ink-muted", "accent-soft"],
  ["heat-ink-high", "series-1"],
];
const graphics = [
  ["edge", "surface"], ["edge", "page"], ["accent-line", "surface"],
  ...[1, 2, 3, 4, 5, 6].map((n) => [`series-${n}`, "surface"]),
];

describe("palette", () => {
  for (const [index, scheme] of ["light", "dark"].entries()) {
    it.each(text)(`${scheme}: text %s on %s reads at 4.5:1`, (front, back) => {
      expect(contrast(colours[front][index], colours[back][index])).toBeGreaterThanOrEqual(4.5);
    });
    it.each(graphics)(`${scheme}: %s stands out from %s at 3:1`, (front, back) => {
      expect(contrast(colours[front][index], colours[back][index])).toBeGreaterThanOrEqual(3);
    });
  }
});
