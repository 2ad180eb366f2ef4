import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { environment: "jsdom", include: ["static/ts/**/*.test.ts", "tests/ts/**/*.test.mjs"] },
});
