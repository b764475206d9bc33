/** `npm test` must not be able to pass by accident: every way in which a run can be worth nothing ends non-zero. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../../..");
const PASSES = 'import { test } from "vitest"; test("a", () => {}); test("b", () => {});';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kiln-suites-"));
  mkdirSync(join(root, "scripts/test"), { recursive: true });
  mkdirSync(join(root, "tests"));
  cpSync(join(ROOT, "scripts/test/run-suites.ts"), join(root, "scripts/test/run-suites.ts"));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  const project = '{ test: { name: "unit", root: import.meta.dirname, include: ["tests/*.test.ts"] } }';
  writeFileSync(join(root, "vitest.config.ts"), `export default { test: { projects: [${project}] } };`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs the suites on the given test files; answers the exit code and the last line printed. */
function runSuites(files: Record<string, string>): { status: number | null; lastLine: string | undefined } {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "tests", name), text);
  const { status, stdout } = spawnSync(process.execPath, ["scripts/test/run-suites.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

test("a run in which all passes ends with its count and exit code 0", () => {
  expect(runSuites({ "a.test.ts": PASSES })).toEqual({ status: 0, lastLine: "2 passed, 0 failed" });
});

test("a failed test ends the run with exit code 1", () => {
  const fails = 'import { expect, test } from "vitest"; test("c", () => expect(1).toBe(2));';
  expect(runSuites({ "a.test.ts": PASSES, "b.test.ts": fails })).toEqual({ status: 1, lastLine: "2 passed, 1 failed" });
});

test("a file that cannot be loaded counts as a failure", () => {
  const broken = 'import "./missing.ts";';
  expect(runSuites({ "a.test.ts": PASSES, "b.test.ts": broken })).toEqual({
    status: 1,
    lastLine: "2 passed, 1 failed",
  });
});

test("an unhandled rejection counts as a failure", () => {
  const leaks = `${PASSES} void Promise.reject(new Error("nobody waits for me"));`;
  expect(runSuites({ "a.test.ts": leaks })).toEqual({ status: 1, lastLine: "2 passed, 1 failed" });
});

test("a run without a single test fails", () => {
  expect(runSuites({})).toEqual({ status: 1, lastLine: "0 passed, 0 failed" });
});

test("a run of nothing but skipped tests fails", () => {
  const skips = 'import { test } from "vitest"; test.skip("a", () => {});';
  expect(runSuites({ "a.test.ts": skips })).toEqual({ status: 1, lastLine: "0 passed, 0 failed" });
});
