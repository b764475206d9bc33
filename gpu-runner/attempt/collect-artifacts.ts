/**
 * What a recipe wrote becomes artifacts, if it can be trusted: a name the job type lists, a regular file that is no link
 * and lies in the output folder, neither empty nor too large. An engine's exit code proves nothing of this.
 */
import { constants } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findOutput, type JobTypeDefinition, type OutputDefinition } from "#contract/job-types/job-type.ts";
import { MAX_ARTIFACT_BYTES, MAX_ARTIFACTS } from "#contract/limits.ts";
import type { Artifact } from "#contract/manifest.ts";
import { JobFailure } from "../process/job-failure.ts";
import { hashStream } from "./hash-stream.ts";

export interface CollectedArtifact extends Artifact {
  /** Where the file is, absolute. */
  readonly path: string;
}

/** The artifacts in `outDir`, in the order the job type lists them. Throws `JobFailure` (`output_invalid`) for any that may not be published. */
export async function collectArtifacts(outDir: string, type: JobTypeDefinition): Promise<CollectedArtifact[]> {
  const names = await readdir(outDir);
  if (names.length === 0) throw invalid("The job wrote no files");
  if (names.length > MAX_ARTIFACTS) throw invalid(`The job wrote more than ${MAX_ARTIFACTS} files`);
  const unlisted = names.find((name) => !findOutput(type, name));
  if (unlisted !== undefined)
    throw invalid(`The job wrote a file that ${type.name} does not list: ${JSON.stringify(unlisted)}`);
  const artifacts: CollectedArtifact[] = [];
  for (const output of type.outputs) {
    const own = names.filter((name) => findOutput(type, name) === output).sort();
    for (const name of own) artifacts.push(await collect(outDir, { ...output, name }));
  }
  return artifacts;
}

async function collect(outDir: string, output: OutputDefinition): Promise<CollectedArtifact> {
  const { name, contentType, mayBeEmpty = false } = output;
  const path = join(outDir, name);
  // O_NOFOLLOW: a link at the end of the path is an error, O_NONBLOCK: a named pipe does not block.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause) => {
    throw invalid(`The job's ${name} is not a file that can be read`, cause);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw invalid(`The job's ${name} is not a regular file`);
    if (dirname(await realpath(path)) !== (await realpath(outDir)))
      throw invalid(`The job's ${name} is not in its output folder`);
    if (stat.size === 0 && !mayBeEmpty) throw invalid(`The job's ${name} is empty`);
    if (stat.size > MAX_ARTIFACT_BYTES) throw invalid(`The job's ${name} is larger than ${MAX_ARTIFACT_BYTES} bytes`);
    return { name, contentType, path, ...(await hashStream(file.createReadStream({ autoClose: false }))) };
  } finally {
    await file.close();
  }
}

function invalid(message: string, cause?: unknown): JobFailure {
  return new JobFailure("output_invalid", `${message}.`, { retryable: true, cause });
}
