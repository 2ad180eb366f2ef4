// Builds static/dist: one script per page entry, one style sheet, and the files that are served as they are.
// An entry is a file in static/ts/<app>/ that exports nothing; whatever exports is a module of some entry.
import { copyFile, cp, mkdir, readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const source = path.join(root, "static");
const dist = path.join(source, "dist");

// Tokens first, since everything refers to them; the sheets of the apps after the base, by name.
const FIRST_SHEETS = ["tokens.css", "base.css"];

async function findEntries() {
  const entries = [];
  for (const app of (await readdir(path.join(source, "ts"))).sort()) {
    const folder = path.join(source, "ts", app);
    for (const name of (await readdir(folder)).sort()) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts") || name.endsWith(".d.ts")) continue;
      const file = path.join(folder, name);
      if (!/^export\b/m.test(await readFile(file, "utf8"))) entries.push(file);
    }
  }
  return entries;
}

async function styleSheet() {
  const rest = (await readdir(path.join(source, "css")))
    .filter((name) => name.endsWith(".css") && !FIRST_SHEETS.includes(name))
    .sort();
  return [...FIRST_SHEETS, ...rest].map((name) => `@import "./${name}";`).join("\n");
}

async function copyAssets() {
  await copyFile(path.join(root, "node_modules/htmx.org/dist/htmx.min.js"), path.join(dist, "htmx.min.js"));
  await cp(path.join(source, "img"), path.join(dist, "img"), { recursive: true });
}

async function options() {
  const shared = { bundle: true, minify: true, logLevel: "warning", legalComments: "none" };
  return [
    {
      ...shared,
      entryPoints: await findEntries(),
      outdir: dist,
      outbase: path.join(source, "ts"),
      format: "iife",
      target: "es2022",
      charset: "utf8",
    },
    {
      ...shared,
      stdin: { contents: await styleSheet(), resolveDir: path.join(source, "css"), loader: "css" },
      outfile: path.join(dist, "main.css"),
      target: ["chrome123", "firefox121", "safari17.5"],
      external: ["*.woff2", "*.svg"],
    },
  ];
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await copyAssets();
const builds = await options();
if (process.argv.includes("--watch")) {
  for (const build of builds) await (await esbuild.context(build)).watch();
} else {
  await Promise.all(builds.map((build) => esbuild.build(build)));
}
