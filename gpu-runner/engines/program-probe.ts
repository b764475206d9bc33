/** Whether a program of the system is installed, by asking it for its version. */
import { tmpdir } from "node:os";
import { runProcess } from "../process/run-process.ts";
import type { Probe } from "./engine.ts";

const TIMEOUT_MS = 10_000;

/** Runs `program --version`; the first group of `pattern` is the version. */
export async function probeProgram(program: string, pattern: RegExp): Promise<Probe> {
  const missing = { ok: false, missing: `the program ${program}`, fix: "npm run setup" } as const;
  try {
    const { stdout } = await runProcess({
      argv: [program, "--version"],
      workDir: tmpdir(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      timeoutMs: TIMEOUT_MS,
      tag: `probe-${program}`,
    });
    const version = pattern.exec(stdout)?.[1];
    return version === undefined ? missing : { ok: true, version };
  } catch {
    return missing;
  }
}
