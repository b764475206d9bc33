/** `gpu-runner/main.ts` as a program, ended with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../../gpu-runner/main.ts", import.meta.url));
export const PLAYED_RUNNER_KEY = "kiln_runner_key_for_this_test";

export interface RunnerProgram {
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  stderr(): string;
}

/** Starts a runner for `echo` with these variables. */
export function startRunner(env: Record<string, string>): RunnerProgram {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
    env: {
      PATH: process.env.PATH,
      HOME: "/nonexistent",
      KILN_RUNNER_KEY: PLAYED_RUNNER_KEY,
      KILN_JOB_TYPES: "echo",
      ...env,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return { child, stderr: () => stderr, code: once(child, "close").then(([code]) => code as number | null) };
}
