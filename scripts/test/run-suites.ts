/**
 * Runs the vitest projects and ends with one line, `N passed, N failed`, and nothing after it.
 * A file that cannot be loaded, an unhandled error and a run without a single test count as failures.
 * Arguments: names of projects to run; none = all.
 */
import { startVitest, type TestModule } from "vitest/node";

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Counts finished modules. A module that failed without a failed test (it could not be loaded, or a hook threw) counts
 * as one failure; so does every unhandled error.
 */
export function tally(modules: readonly TestModule[], unhandledErrors: number): Tally {
  const counts: Tally = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") counts.passed++;
      else if (state === "skipped") counts.skipped++;
      else failedHere++;
    }
    if (failedHere === 0 && !module.ok()) failedHere = 1;
    counts.failed += failedHere;
  }
  return counts;
}

/** The last line of a run, and its exit code: 0 only when something ran and nothing failed. */
export function verdict({ passed, failed }: Tally): { line: string; exitCode: 0 | 1 } {
  return { line: `${passed} passed, ${failed} failed`, exitCode: failed === 0 && passed > 0 ? 0 : 1 };
}

if (import.meta.main) {
  const vitest = await startVitest("test", [], { run: true, watch: false, project: process.argv.slice(2) });
  const counts = tally(vitest.state.getTestModules(), vitest.state.getUnhandledErrors().length);
  await vitest.close();
  if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
  if (counts.passed + counts.failed === 0) console.error("No test ran.");
  const { line, exitCode } = verdict(counts);
  console.log(line);
  // The counts decide, whatever a reporter or a worker that is still closing thinks of it.
  process.exit(exitCode);
}
