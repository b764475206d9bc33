/** The tests of the Python code (tests/python, unittest), each as a test of its own. They are run when this file is loaded. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { cacheDirectory, pythonEnvironment } from "../../../gpu-runner/engines/python-environment.mjs";

interface Outcome {
  readonly title: string;
  readonly suite: string;
  readonly seconds: number;
  readonly failure: string | null;
}

const FOLDER = fileURLToPath(new URL("../../python/", import.meta.url));
const TIMEOUT_MS = 180_000;
const { python } = pythonEnvironment("photogrammetry", cacheDirectory(process.env));

const folders = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith("_"))
  .map(({ name }) => name);

/** One folder after the other: each of them uses the processors it finds. */
const results = new Map<string, Outcome[]>();
for (const folder of folders) results.set(folder, await runFolder(folder));

async function runFolder(folder: string): Promise<Outcome[]> {
  const { stdout, stderr, exitCode } = await execa(python, ["-B", `${FOLDER}run_tests.py`, folder], {
    reject: false,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 2 ** 20,
  });
  const outcomes = stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Outcome] : []));
  if (exitCode === 0) return outcomes;
  const failure = `${python} ended with ${exitCode ?? "a signal"}:\n${stderr.slice(-4_000)}`;
  return [...outcomes, { title: "the run comes to its end", suite: "run_tests.py", seconds: 0, failure }];
}

describe.each(folders)("Python: %s", (folder) => {
  const outcomes = results.get(folder) ?? [];

  it("has tests", () => {
    expect(outcomes.length).toBeGreaterThan(0);
  });

  for (const { title, suite, failure } of outcomes) {
    it(`${suite}: ${title}`, () => {
      expect(failure, failure ?? "").toBeNull();
    });
  }
});
