/** What would be published as `kiln`: small, complete, and nothing of the rest of the repository. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { parseAst } from "rolldown/parseAst";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPackage } from "../../../../scripts/package/build-package.ts";
import { relativeSpecifiers } from "../../../../scripts/package/declaration-paths.ts";

const ROOT = join(import.meta.dirname, "../../../..");
/** Who adds a client to a page should not notice it. */
const MAX_CLIENT_GZIP_BYTES = 15_000;
let dir: string;
let files: string[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-package-"));
  await buildPackage(dir);
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
}, 30_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const specifiersOf = (code: string): string[] =>
  parseAst(code).body.flatMap((node) => ("source" in node && node.source ? [String(node.source.value)] : []));

test("the client needs nothing of Node and no other module, and is small", async () => {
  const code = await readFile(join(dir, "client/index.js"), "utf8");
  const bytes = gzipSync(code).length;
  console.log(`kiln/client: ${bytes} bytes gzipped`);
  expect(specifiersOf(code)).toEqual([]);
  expect(code).not.toMatch(/\b(node:|require\(|process\.|Buffer\b|__dirname)/);
  expect(bytes).toBeLessThan(MAX_CLIENT_GZIP_BYTES);
});

test("the command needs nothing but Node", async () => {
  const code = await readFile(join(dir, "cli/kiln.js"), "utf8");
  const foreign = specifiersOf(code).filter((name) => !builtinModules.includes(name.replace(/^node:/, "")));
  expect(foreign).toEqual([]);
  const { stdout } = await promisify(execFile)(process.execPath, [join(dir, "cli/kiln.js"), "--version"]);
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { version: string };
  expect(stdout).toBe(`${version}\n`);
});

test("there are the command, the client, its types and the licences of what is in them, and nothing else", () => {
  const others = files.filter((file) => !/^types\/(client|contract)\/.*\.d\.ts$/.test(file));
  expect(others.toSorted()).toEqual([
    "LICENSE",
    "README.md",
    "THIRD-PARTY-LICENSES.txt",
    "cli/kiln.js",
    "client/index.js",
    "package.json",
  ]);
});

test("the manifest asks for what the types name only, and can't be published by mistake", async () => {
  const manifest = JSON.parse(await readFile(join(dir, "package.json"), "utf8")) as {
    dependencies: object;
    private: boolean;
  };
  expect([Object.keys(manifest.dependencies), manifest.private]).toEqual([["zod"], true]);
});

test("the types name no module that is not there", async () => {
  for (const file of files.filter((name) => name.endsWith(".d.ts"))) {
    for (const specifier of specifiersOfTypes(await readFile(join(dir, file), "utf8"))) {
      if (specifier === "zod") continue;
      expect(files).toContain(join(file, "..", specifier.replace(/\.js$/, ".d.ts")));
    }
  }
});

const specifiersOfTypes = (text: string): string[] =>
  [...text.matchAll(/^(?:import|export) .* from "([^"]+)"/gm)].map(([, specifier]) => specifier as string);

test.each([
  ["client/kiln.d.ts", 'from "#contract/job.ts"', 'from "../contract/job.js"'],
  ["contract/job-types/animate.d.ts", 'import("#contract/job.ts").Job', 'import("../job.js").Job'],
  ["client/kiln.d.ts", 'from "./transport.ts"', 'from "./transport.js"'],
  ["client/kiln.d.ts", 'from "zod"', 'from "zod"'],
])("in %s, %s becomes %s", (name, before, after) => {
  expect(relativeSpecifiers(name, before)).toBe(after);
});
