/** A whole stack of its own for one test file, in a folder that goes with it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kiln } from "#client/kiln.ts";
import { startStack } from "../../scripts/stack/stack.ts";

export interface ScratchStack {
  readonly kiln: Kiln;
  readonly folder: string;
  /** Where its runner keeps workspaces and its children's homes. */
  readonly workDir: string;
  /** Ends the stack and removes the folder. */
  stop(): Promise<void>;
}

/** Starts a stack with one runner that does these job types only. */
export async function startScratchStack(jobTypes: string): Promise<ScratchStack> {
  const folder = await mkdtemp(join(tmpdir(), "kiln-bad-"));
  const workDir = join(folder, "work");
  const stateDir = join(folder, "state");
  const runnerEnv = { KILN_JOB_TYPES: jobTypes, KILN_WORK_DIR: workDir };
  const stack = await startStack({ port: 0, stateDir, runners: 1, site: false, runnerEnv });
  return {
    kiln: new Kiln({ api: stack.url }),
    folder,
    workDir,
    async stop() {
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
