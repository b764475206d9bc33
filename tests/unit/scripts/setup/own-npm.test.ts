/** Which npm installs: the machine's own, unless its Node is too old. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isNewEnough, NODE_PACKAGE, ownNpm } from "../../../../scripts/setup/own-npm.mjs";

const NODE_VERSION = "22.23.3";
const OLD = "18.20.4";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kiln-own-npm-"));
  const manifest = { optionalDependencies: { [NODE_PACKAGE]: NODE_VERSION }, packageManager: "npm@11.19.1" };
  writeFileSync(join(dir, "package.json"), JSON.stringify(manifest));
  // An npm that notes what it was asked for, and ends with FAKE_NPM_EXIT.
  writeFileSync(
    join(dir, "npm"),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it.
    '#!/bin/sh\necho "$*" > "$3/asked"\necho "npm error ENOTFOUND"\nexit "${FAKE_NPM_EXIT:-0}"\n',
  );
  chmodSync(join(dir, "npm"), 0o755);
  vi.stubEnv("PATH", `${dir}:${process.env.PATH}`);
  vi.stubEnv("KILN_CACHE", join(dir, "cache"));
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

test.each([
  ["18.20.4", false],
  ["20.20.2", false],
  ["22.17.1", false],
  ["22.18.0", true],
  ["24.0.0", true],
])("Node %s is new enough: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test("a Node that is new enough installs with the npm beside it", async () => {
  expect(await ownNpm(dir, "22.19.0")).toEqual({ command: ["npm"], binDir: null });
  expect(existsSync(join(dir, "cache"))).toBe(false);
});

test("an old Node fetches the locked Node and npm once, into the cache", async () => {
  const home = join(dir, "cache", `node-${NODE_VERSION}`);
  const { command } = await ownNpm(dir, OLD);
  expect(command).toEqual([
    join(home, "node_modules", NODE_PACKAGE, "bin/node"),
    join(home, "node_modules/npm/bin/npm-cli.js"),
  ]);
  expect(readFileSync(join(home, "asked"), "utf8")).toContain(`${NODE_PACKAGE}@${NODE_VERSION} npm@11.19.1`);
  vi.stubEnv("FAKE_NPM_EXIT", "1");
  expect((await ownNpm(dir, OLD)).command).toEqual(command);
});

test("a failed fetch leaves nothing in the cache and says what to do", async () => {
  vi.stubEnv("FAKE_NPM_EXIT", "1");
  await expect(ownNpm(dir, OLD)).rejects.toThrow(/The npm registry cannot be reached/);
  expect(readdirSync(join(dir, "cache"))).toEqual([]);
});

test("a platform without a Node package is told to install Node", async () => {
  writeFileSync(join(dir, "package.json"), JSON.stringify({ optionalDependencies: {}, packageManager: "npm@11.19.1" }));
  await expect(ownNpm(dir, OLD)).rejects.toThrow(/There is no Node package for .*\n.*Install Node 22\.18 or newer/);
});
