/**
 * Jobs whose inputs are files of other jobs. Such a job waits until each of those has succeeded, and fails as soon as one
 * of them can't give its file. It hears that one is over, or asks by itself now and then; what it is told may be late,
 * doubled or out of order: nothing but a job's end counts, and a job that waits for nothing is not changed by any of it.
 */
import { FINAL_STATES, type Job, type JobError } from "#contract/job.ts";
import { acceptedTypes, chainableOutputs, findOutput, isAccepted } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import type { Artifact } from "#contract/manifest.ts";
import { contentOfFile } from "./content-hash.ts";
import { finish, requeue, type SharedResult, takeResult } from "./job-lifecycle.ts";
import { type Change, type FilesOfJob, isAwaited, type JobRecord, type RecordInput } from "./job-record.ts";

/** What a job that another one waits for says of itself. `missing`: there is no such job, `purged`: its files are gone. */
export type DependencyReport =
  | { readonly jobId: string; readonly gone: "missing" | "purged" }
  | { readonly jobId: string; readonly gone: null; readonly facts: DependencyFacts };

/** What of a job's state matters to those that wait for it. */
export interface DependencyFacts {
  /** What its owner would call the job. */
  readonly name: string;
  readonly job: Pick<Job, "state" | "type" | "error" | "manifest">;
  readonly files: FilesOfJob | null;
}

/** How one input stands: the file is there, it is still to come, or it will never come, and why. */
export type Resolution =
  | { readonly kind: "ready"; readonly input: RecordInput }
  | { readonly kind: "pending" }
  | { readonly kind: "failed"; readonly message: string; readonly job: string };

/** The jobs this one still waits for, each once. */
export function awaitedJobs(record: JobRecord): readonly string[] {
  return [...new Set(record.inputs.filter(isAwaited).map(({ job }) => job as string))];
}

/** An input that waits for a file of a job; `artifact` is null when it is left to the job types. `name`: what that job is called. */
export function awaitedInput(job: string, artifact: string | null, role: string | null, name: string): RecordInput {
  return {
    upload: null,
    job,
    artifact,
    files: null,
    filename: artifact ?? `result of ${name}`,
    bytes: 0,
    contentType: "application/octet-stream",
    role,
  };
}

/** What the job's type can say of its inputs: whether a job of type `from` can give `artifact` to one of `role`, or why not. */
export function whyNotChainable(from: string, to: string, artifact: string | null, role: string | null): string | null {
  const [source, target] = [findJobType(from), findJobType(to)];
  // A type that is no longer known can't be judged; its files can.
  if (!source || !target) return null;
  const accept = acceptedTypes(target, role);
  if (artifact === null) {
    if (chainableOutputs(source, accept).length > 0) return null;
    return `${from} writes nothing that ${to} takes${role === null ? "" : ` as ${role}`}`;
  }
  const output = findOutput(source, artifact);
  if (!output) return `${from} writes no file of that name`;
  // A runner decides by content; octets may be anything.
  if (output.contentType === "application/octet-stream" || isAccepted(accept, output.contentType)) return null;
  return `is ${output.contentType}, which ${to} does not take`;
}

/** How an input of a job of type `to` stands by what the job it comes from has reported. */
export function resolveInput(input: RecordInput, report: DependencyReport, to: string): Resolution {
  const failed = (message: string): Resolution => ({ kind: "failed", message, job: report.jobId });
  if (report.gone !== null) {
    const what = `The job that was to give this one its input (${input.filename})`;
    return failed(
      `${what} ${report.gone === "missing" ? "does not exist" : "has lost its files: their time was over"}.`,
    );
  }
  const { job, files } = report.facts;
  const name = `The job ${report.facts.name}, which this one builds on,`;
  if (!FINAL_STATES.has(job.state)) return { kind: "pending" };
  // Of a chain all jobs tell of the one that went wrong, not of each other.
  if (job.error?.code === "dependency_failed") {
    return { kind: "failed", message: job.error.message, job: job.error.job ?? report.jobId };
  }
  if (job.state !== "succeeded")
    return failed(`${name} ${ENDED[job.state] ?? job.state}${job.error ? `: ${job.error.message}` : "."}`);
  const artifact = chooseArtifact(job.manifest?.artifacts ?? [], job.type, to, input);
  if (!artifact || !files) {
    const wanted =
      input.artifact === null ? `none of its main files is one that ${to} takes` : `it has no file ${input.artifact}`;
    return failed(`${name} succeeded, but ${wanted}. Name one of its files as \`artifact\`.`);
  }
  const maxBytes = findJobType(to)?.inputs.maxBytes ?? Number.POSITIVE_INFINITY;
  if (artifact.bytes > maxBytes) {
    return failed(`${name} wrote ${artifact.name} of ${artifact.bytes} bytes; ${to} takes ${maxBytes}.`);
  }
  const { bytes, contentType, sha256 } = artifact;
  // Written once, under a lease id that never comes again.
  const content = { hash: contentOfFile(sha256), version: null };
  return {
    kind: "ready",
    input: { ...input, artifact: artifact.name, files, filename: artifact.name, bytes, contentType, content },
  };
}

const ENDED: Partial<Record<Job["state"], string>> = {
  failed: "failed",
  canceled: "was cancelled",
  expired: "was not started in time",
};

/** The file of the name that was asked for, or else the first main one, in the order of its type, that `to` takes. */
function chooseArtifact(
  artifacts: readonly Artifact[],
  from: string,
  to: string,
  { artifact: name, role }: RecordInput,
): Artifact | undefined {
  if (name !== null) return artifacts.find((artifact) => artifact.name === name);
  const [source, target] = [findJobType(from), findJobType(to)];
  if (!source || !target) return undefined;
  return chainableOutputs(source, acceptedTypes(target, role))
    .map((output) => artifacts.find((artifact) => findOutput(source, artifact.name) === output))
    .find((artifact) => artifact !== undefined);
}

/**
 * What those said. Files that have come are kept, whatever becomes of the others.
 * @param result that of an equal job, looked for with the inputs of `wholeInputs`
 */
export function noteDependencies(
  record: JobRecord,
  reports: readonly DependencyReport[],
  now: number,
  result: SharedResult | null = null,
): Change & { ok: true } {
  if (record.state !== "waiting") return { ok: true, record, events: [] };
  const resolutions = resolveAll(record, reports);
  const inputs = record.inputs.map((input, index) => inputAfter(input, resolutions[index]));
  const noted = { ...record, inputs };
  const failed = resolutions.find((resolution) => resolution.kind === "failed");
  if (failed) return finish(noted, "failed", dependencyError(failed), now);
  if (!inputs.some(isAwaited)) return result ? takeResult(noted, result, now) : requeue(noted, noted.notBefore, now);
  const news = resolutions.some(({ kind }) => kind === "ready");
  return { ok: true, record: news ? noted : record, events: [] };
}

/** The inputs of a waiting job once all of them are there by what those said; null while one is not. */
export function wholeInputs(record: JobRecord, reports: readonly DependencyReport[]): readonly RecordInput[] | null {
  if (record.state !== "waiting") return null;
  const resolutions = resolveAll(record, reports);
  const inputs = record.inputs.map((input, index) => inputAfter(input, resolutions[index]));
  return inputs.some(isAwaited) ? null : inputs;
}

function resolveAll({ inputs, type }: JobRecord, reports: readonly DependencyReport[]): readonly Resolution[] {
  return inputs.map((input): Resolution => {
    const report = isAwaited(input) && reports.find(({ jobId }) => jobId === input.job);
    return report ? resolveInput(input, report, type) : { kind: "pending" };
  });
}

const inputAfter = (input: RecordInput, resolution: Resolution | undefined): RecordInput =>
  resolution?.kind === "ready" ? resolution.input : input;

/** The error of a job whose input will not come. */
function dependencyError({ message, job }: { message: string; job: string }): JobError {
  return { code: "dependency_failed", message: message.slice(0, 2_000), job };
}
