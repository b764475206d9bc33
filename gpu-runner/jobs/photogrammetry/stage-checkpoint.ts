/**
 * A stage's files as a checkpoint: the next attempt, and a rerun with other parameters, go on from the last stage whose result
 * would be the same. A checkpoint is named by what its content depends on, and by nothing else: cameras don't depend on the quality.
 */
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type JobContext, JobFailure, NO_CHECKPOINTS } from "../job.ts";
import { ask, sceneFolder } from "./scene-state.ts";

/** Raised whenever a stage would write other files from the same inputs, or write them in another shape. */
const CHECKPOINTS_VERSION = 2;
const KEY_CHARS = 16;

/** A key of everything in `parts`. */
export function makeKey(...parts: readonly unknown[]): string {
  return createHash("sha256")
    .update(JSON.stringify([CHECKPOINTS_VERSION, ...parts]))
    .digest("hex")
    .slice(0, KEY_CHARS);
}

export interface Stage<Answer> {
  /** For the log and the checkpoint's name, e.g. `cameras`. */
  readonly name: string;
  readonly key: string;
  /** Files and folders of the scene that `make` writes. */
  readonly files: readonly string[];
  make(): Promise<Answer>;
}

/** Takes the stage's files from a checkpoint, or makes them and keeps them. Returns what `make` answered, now or then. */
export async function resume<Answer>(context: JobContext, stage: Stage<Answer>): Promise<Answer> {
  const { name, key, files } = stage;
  const checkpoint = `${name}-${key}.tar`;
  const path = join(context.workDir, checkpoint);
  const answers = await sceneFolder(context, "answers");
  const answerPath = join(answers, `${name}.json`);
  if (await context.checkpoints.read(checkpoint, path)) {
    try {
      await ask(context, "unpack", { path });
      const answer = JSON.parse(await readFile(answerPath, "utf8")) as Answer;
      context.log(`${name}: taken from an earlier attempt`);
      context.progress(1);
      return answer;
    } catch (error) {
      // A damaged checkpoint costs time and nothing else.
      if (!(error instanceof JobFailure || error instanceof SyntaxError)) throw error;
      context.log(`${name}: what an earlier attempt left can't be used: ${error.message}`);
      await rm(answerPath, { force: true });
    } finally {
      await rm(path, { force: true });
    }
  }
  const answer = await stage.make();
  await writeFile(answerPath, JSON.stringify(answer));
  await keep(context, checkpoint, path, [...files, `answers/${name}.json`]);
  return answer;
}

async function keep(context: JobContext, checkpoint: string, path: string, names: readonly string[]): Promise<void> {
  if (context.checkpoints === NO_CHECKPOINTS) return;
  await ask(context, "pack", { names, path });
  await context.checkpoints.write(checkpoint, path);
  await rm(path, { force: true });
}
