/**
 * Runs a recipe's steps in order and makes the manifest. The same code serves a leased attempt and `kiln local`; it
 * knows nothing of leases or HTTP. Whatever goes wrong leaves here as a `JobFailure` with a public message, or as the
 * reason of the signal.
 */
import type { z } from "zod";
import type { Progress } from "#contract/job.ts";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { MAX_LOG_LINE_BYTES } from "#contract/limits.ts";
import type { Manifest } from "#contract/manifest.ts";
import { PROBLEMS } from "#contract/problem.ts";
import type { Engines } from "../engines/engines.ts";
import { type Checkpoints, type InputFile, type JobContext, JobFailure, type Recipe } from "../jobs/job.ts";
import { peakMemoryOf, settleChildren } from "../process/attempt-children.ts";
import { ProcessError } from "../process/process-error.ts";
import { RUNNER_VERSION } from "../version.ts";
import { type CollectedArtifact, collectArtifacts } from "./collect-artifacts.ts";
import { LoneParts, type PartSharing } from "./part-sharing.ts";
import { StageProgress } from "./stage-progress.ts";
import type { Workspace } from "./workspace.ts";

/** Lines kept of one attempt's log; a tool that writes more says nothing new. */
const MAX_LOG_LINES = 2_000;

/** Told while a recipe runs. Neither may throw. */
export interface RecipeObserver {
  onProgress(progress: Progress): void;
  onLog(line: string): void;
  onWarning?(message: string): void;
}

export interface RecipeRun {
  readonly recipe: Recipe;
  /** As the user gave them. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputFile[];
  readonly workspace: Workspace;
  readonly engines: Engines;
  readonly checkpoints: Checkpoints;
  /** How parts of a stage are shared; absent: all are made here. */
  readonly sharing?: PartSharing;
  readonly signal: AbortSignal;
  readonly attempt: number;
  /** Names the attempt to its children; random. */
  readonly tag: string;
  readonly timeoutMs: number;
  readonly observer: RecipeObserver;
  readonly now: () => number;
}

export interface RecipeResult {
  readonly manifest: Manifest;
  readonly artifacts: readonly CollectedArtifact[];
}

/**
 * Runs all steps and collects what they wrote. Rejects with `JobFailure`, or with `signal.reason` once the signal has
 * aborted. Either way no child of the attempt is left.
 */
export async function runRecipe(run: RecipeRun): Promise<RecipeResult> {
  const log = boundedLog(run.observer);
  const over = new AbortController();
  try {
    return await runSteps({ ...run, signal: AbortSignal.any([run.signal, over.signal]) }, log);
  } catch (error) {
    if (run.signal.aborted) throw run.signal.reason;
    throw toJobFailure(error, run.timeoutMs, log);
  } finally {
    // A failing step may have left calls at work or a session open: nobody waits for them any more.
    over.abort(new Error("the recipe is over"));
    await settleChildren(run.tag);
  }
}

async function runSteps(run: RecipeRun, log: (line: string) => void): Promise<RecipeResult> {
  const { recipe, observer, signal, workspace, now } = run;
  const params = checkParams(recipe.type, run.params);
  checkInputs(recipe.type, run.inputs);
  const idle = recipe.idleStages?.(params) ?? [];
  const weighted = recipe.type.stages.map((stage) => (idle.includes(stage.name) ? { ...stage, weight: 0 } : stage));
  const stages = new StageProgress(
    { ...recipe.type, stages: weighted },
    recipe.steps.map((step) => step.stage),
    now,
  );
  const facts = {
    report: {} as Record<string, unknown>,
    warnings: [] as string[],
    versions: { kiln: RUNNER_VERSION } as Record<string, string>,
  };
  const soFar = () => ({ ...facts, timings: stages.timings() });
  const context = makeContext(run, params, facts, soFar, stages, log);
  const state = recipe.createState();
  for (const [index, step] of recipe.steps.entries()) {
    signal.throwIfAborted();
    observer.onProgress(stages.begin(index));
    await step.run(context, state);
    observer.onProgress(stages.end());
    if (recipe.steps[index + 1]?.stage !== step.stage) run.sharing?.passed?.(step.stage);
  }
  signal.throwIfAborted();
  const artifacts = await collectArtifacts(workspace.outDir, recipe.type);
  const manifest: Manifest = {
    jobType: recipe.type.name,
    typeVersion: recipe.type.version,
    params,
    artifacts: artifacts.map(({ name, bytes, sha256, contentType }) => ({ name, bytes, sha256, contentType })),
    timings: stages.timings(),
    peakMemoryBytes: peakMemoryOf(run.tag),
    seed: typeof params.seed === "number" ? params.seed : null,
    ...facts,
  };
  return { manifest, artifacts };
}

function makeContext(
  run: RecipeRun,
  params: Record<string, unknown>,
  facts: { report: Record<string, unknown>; warnings: string[]; versions: Record<string, string> },
  soFar: () => JobContext["soFar"],
  stages: StageProgress,
  log: (line: string) => void,
): JobContext {
  const { workspace, signal, engines, checkpoints, attempt, tag, timeoutMs, inputs, now } = run;
  const sharing = run.sharing ?? new LoneParts();
  const progress = (fraction: number | null) => run.observer.onProgress(stages.update(fraction));
  const deadline = now() + timeoutMs;
  const { workDir, outDir } = workspace;
  return {
    params,
    inputs,
    workDir,
    outDir,
    signal,
    attempt,
    engines,
    checkpoints,
    makeParts: (work) => {
      const repeated = stages.timings().filter(({ stage }) => work.repeats.includes(stage));
      const setUpMs = Math.round(stages.elapsedMs() + repeated.reduce((sum, { seconds }) => sum + seconds * 1000, 0));
      return sharing.make(work, { stage: stages.stage, setUpMs, checkpoints, signal });
    },
    assists: sharing.assists,
    get soFar() {
      return soFar();
    },
    get run() {
      return { signal, workDir, tag, timeoutMs: Math.max(deadline - now(), 1), onLog: log, onProgress: progress };
    },
    log,
    progress,
    warn: (message) => {
      facts.warnings.push(message);
      run.observer.onWarning?.(message);
    },
    report: (more) => void Object.assign(facts.report, more),
    version: (tool, version) => {
      facts.versions[tool] = version;
    },
  };
}

/** Parameters with their defaults. Throws `JobFailure` that names each wrong one. */
export function checkParams(
  type: JobTypeDefinition,
  params: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const parsed = type.params.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new JobFailure(
    "invalid_request",
    `Parameters of ${type.name}: ${parsed.error.issues.map(describeIssue).join("; ")}.`,
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return issue.path.length > 0 ? `${issue.path.join(".")}: ${issue.message}` : issue.message;
}

/**
 * What every type wants of its inputs: how many, not empty, not too large. What they hold is the recipe's to check. `bytes` is
 * null while it is not known.
 */
export function checkInputs(
  type: JobTypeDefinition,
  inputs: readonly (Pick<InputFile, "filename" | "role"> & { readonly bytes: number | null })[],
): void {
  const { min, max, maxBytes, label } = type.inputs;
  const count = inputs.filter(({ role }) => role === null).length;
  if (count < min || count > max) {
    const wanted = min === max ? `${min}` : `${min} to ${max}`;
    throw new JobFailure("input_invalid", `${type.name} takes ${wanted} input files (${label}), but got ${count}.`);
  }
  for (const { filename, bytes } of inputs) {
    if (bytes === 0) throw new JobFailure("input_empty", `${filename} is empty. Choose a file that has content.`);
    if (bytes !== null && bytes > maxBytes) {
      throw new JobFailure(
        "input_too_large",
        `${filename} has ${bytes} bytes; ${type.name} takes files up to ${maxBytes} bytes.`,
      );
    }
  }
}

/** The public face of any error. Details go to the job's log, never into the message. */
function toJobFailure(error: unknown, timeoutMs: number, log: (line: string) => void): JobFailure {
  if (error instanceof JobFailure) return error;
  if (!(error instanceof ProcessError)) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return new JobFailure("engine_failed", "The job failed because of a fault in Kiln. The log has the details.", {
      retryable: true,
      cause: error,
    });
  }
  log(error.message);
  const tool = error.program.split("/").pop();
  switch (error.reason) {
    case "timeout":
      return new JobFailure(
        "timeout",
        `The job took longer than ${Math.round(timeoutMs / 1000)} s. Try a simpler input or a higher executionTimeoutS.`,
        { cause: error },
      );
    case "spawn":
      return new JobFailure(
        "engine_missing",
        `${tool} could not be started on this runner. Run set-up again, then retry.`,
        { retryable: true, cause: error },
      );
    case "exit":
    case "signal":
    case "aborted":
      return new JobFailure("engine_failed", `${tool} ended before it had a result. The log has its last words.`, {
        retryable: PROBLEMS.engine_failed.retryable,
        cause: error,
      });
  }
}

/** Cuts long lines and stops after `MAX_LOG_LINES` with one note. */
function boundedLog(observer: RecipeObserver): (line: string) => void {
  let lines = 0;
  return (text) => {
    for (const line of text.split("\n")) {
      if (lines > MAX_LOG_LINES) return;
      lines++;
      observer.onLog(
        lines > MAX_LOG_LINES ? `More than ${MAX_LOG_LINES} lines: the rest is left out.` : truncate(line),
      );
    }
  };
}

function truncate(line: string): string {
  const bytes = Buffer.from(line);
  if (bytes.length <= MAX_LOG_LINE_BYTES) return line;
  // A cut through a character would become U+FFFD, which is longer than what was cut: leave room for it.
  return `${bytes.subarray(0, MAX_LOG_LINE_BYTES - 8).toString()}…`;
}
