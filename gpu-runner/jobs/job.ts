/**
 * What a job type's recipe is on a runner: an ordered list of named steps. A step sees a `JobContext` and nothing of
 * leases, HTTP or other jobs, so that `kiln local` and a leased attempt run the very same code.
 */
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import type { Manifest } from "#contract/manifest.ts";
import type { EngineRun } from "../engines/engine.ts";
import type { Engines } from "../engines/engines.ts";
import { JobFailure } from "../process/job-failure.ts";

/** An input, already in the workspace under a generated name. `filename` is what the user called it: for messages only. */
export interface InputFile {
  readonly path: string;
  readonly filename: string;
  readonly bytes: number;
  readonly contentType: string;
  /** One of the job type's `inputs.roles`, or null for a file that is worked on. */
  readonly role: string | null;
}

/**
 * What finished work leaves for a later attempt at the same job: named files, kept with the job and gone with it. A
 * checkpoint saves time and nothing else: where none can be kept (`kiln local`, a lost connection), reading finds nothing,
 * writing does nothing, and the job is done from the start.
 */
export interface Checkpoints {
  /** Names that can be read, sorted. Those written by this attempt are among them. */
  names(): Promise<readonly string[]>;
  /** Copies a checkpoint to `path`; false when there is none of that name. */
  read(name: string, path: string): Promise<boolean>;
  /** Keeps the file at `path` under `name` (as an artifact's name), in place of what had it. Resolves once it is safe. */
  write(name: string, path: string): Promise<void>;
}

/** Checkpoints of a job that has nowhere to keep them. */
export const NO_CHECKPOINTS: Checkpoints = {
  names: async () => [],
  read: async () => false,
  write: async () => {},
};

/** A part of a stage. Its result is one file, and a checkpoint of that name. */
export interface Part {
  readonly name: string;
  readonly path: string;
}

/** Makes parts, one after the other. */
export interface PartMaker<P extends Part = Part> {
  /** Writes the part's file. The same part gives the same file on any runner. */
  make(part: P): Promise<void>;
  close(): Promise<void>;
}

/** A stage, or most of it, as parts that don't need each other. */
export interface PartWork<P extends Part = Part> {
  /** In any order; those at the front are made here. */
  readonly parts: readonly P[];
  /** How many are made at a time on this machine. */
  readonly atOnce: number;
  /** Earlier stages that another runner has to repeat, because no checkpoint holds what they do: that much help costs. */
  readonly repeats: readonly string[];
  /** Maker number `index` of at most `atOnce`; opened when there is a part for it. */
  open(index: number): Promise<PartMaker<P>>;
  /** Takes in a part whose file was made elsewhere. False: it can't be used, and is made here. */
  accept?(part: P): Promise<boolean>;
  /** So many parts are there. */
  onDone?(done: number): void;
}

/** Parts that were not made here. */
export interface PartsMade<P extends Part = Part> {
  /** By an earlier attempt. */
  readonly resumed: readonly P[];
  /** By runners that assisted. */
  readonly byOthers: readonly P[];
}

export interface JobContext {
  /** Checked against the job type's schema, defaults filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputFile[];
  /** Scratch folder, removed with the attempt. */
  readonly workDir: string;
  /** Artifacts go here, under names the job type lists in `outputs`. */
  readonly outDir: string;
  /** The one source of cancellation: cancel, lost lease, time-out and shutdown all end in it. Pass it to every child. */
  readonly signal: AbortSignal;
  /** 1 for the first try at the job. */
  readonly attempt: number;
  readonly engines: Engines;
  readonly checkpoints: Checkpoints;
  /**
   * Makes parts of this stage, together with what other runners make of them; on one that assists, it makes what is wanted
   * of it and does not come back. Resolves when the files of all parts are there.
   */
  makeParts<P extends Part>(work: PartWork<P>): Promise<PartsMade<P>>;
  /** Whether another runner has the job, and this one makes parts of a stage: nothing else of it is kept. */
  readonly assists: boolean;
  /** What every engine call of this attempt is given: the signal, the scratch folder, the time left, log and progress. */
  readonly run: EngineRun;
  /** What the manifest would say by now: for a report that is a result itself. */
  readonly soFar: Pick<Manifest, "timings" | "versions" | "warnings">;
  /** A line for the job's log. */
  log(line: string): void;
  /** How much of the current stage is done, 0 to 1, or null when it can't be known. */
  progress(fraction: number | null): void;
  /** What the user should know though the job succeeds; goes to `manifest.warnings`. */
  warn(message: string): void;
  /** Facts about the result; go to `manifest.report`. */
  report(facts: Record<string, unknown>): void;
  /** Version of a tool that had a part; goes to `manifest.versions`. */
  version(tool: string, version: string): void;
}

/** One named stage of a recipe. `stage` is one of the job type's `stages`, in that order. */
export interface Step<State> {
  readonly stage: string;
  run(context: JobContext, state: State): Promise<void>;
}

export interface Recipe<State = unknown> {
  readonly type: JobTypeDefinition;
  /** Engines it needs; a runner without one of them does not offer the type. */
  readonly engines: readonly (keyof Engines)[];
  /** What the steps hand to each other, made anew for every attempt. */
  createState(): State;
  readonly steps: readonly Step<State>[];
  /** Those of `engines` that have nothing to do with these parameters: one job alone does not warm them. */
  idleEngines?(params: Readonly<Record<string, unknown>>): readonly (keyof Engines)[];
  /** Stages that take no time with these parameters: they get no share of the percentage. */
  idleStages?(params: Readonly<Record<string, unknown>>): readonly string[];
}

export { JobFailure };
