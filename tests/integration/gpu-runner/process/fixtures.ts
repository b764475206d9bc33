/** Real programs for the tests of `gpu-runner/process/`, and a look at which of their processes are alive. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { readProcess } from "../../../../gpu-runner/process/proc-table.ts";

/** argv of a program in tests/fixtures/bin. */
export function fixture(name: string, ...args: string[]): string[] {
  return [process.execPath, fileURLToPath(new URL(`../../../fixtures/bin/${name}.mjs`, import.meta.url)), ...args];
}

/** A temporary folder that is removed after the test. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "kiln-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Whether a process exists and is not a zombie. */
export function isRunning(pid: number): boolean {
  return readProcess(pid) !== undefined;
}

/** A promise that the test resolves from a callback. */
export function signalled<T = void>() {
  return Promise.withResolvers<T>();
}
