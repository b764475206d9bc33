/** Whether npm has something to do is read from what npm itself wrote down. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { missingPackages } from "../../../../scripts/setup/node-packages.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kiln-npm-"));
  mkdirSync(join(root, "node_modules"));
  const packages = {
    "": {},
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0" },
    "node_modules/other-platform": { version: "1.0.0", optional: true },
  };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function installed(packages: Record<string, { version: string }>): void {
  writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
}

test("everything is missing where nothing, or only half, was installed", () => {
  expect(missingPackages(root)).toEqual(["node_modules/a", "node_modules/b"]);
});

test("nothing is missing when every locked package is there, other platforms' aside", () => {
  installed({ "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0" } });
  expect(missingPackages(root)).toEqual([]);
});

test("a package in another version than the locked one is missing", () => {
  installed({ "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.1.0" } });
  expect(missingPackages(root)).toEqual(["node_modules/b"]);
});
