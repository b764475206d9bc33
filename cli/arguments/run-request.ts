/**
 * What `kiln run` is asked to do: one job; a chain (`--then TYPE`), whose flags belong to the type they stand behind; or one
 * of these for each of several files, where the first type takes a single one.
 */
import { join } from "node:path";
import { chainableOutputs } from "#contract/job-types/job-type.ts";
import { MAX_BATCH_JOBS } from "#contract/limits.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { UsageError } from "../exit-codes.ts";
import { Arguments, type FlagSpec, JSON_FLAG, OUT_FLAG, SERVER_FLAGS } from "./flags.ts";
import { findInputs, type InputPlaces } from "./input-files.ts";
import { type InputSource, pathsOf } from "./input-source.ts";
import {
  checkStep,
  findType,
  PARAM_FLAG,
  PRESET_FLAG,
  readRoles,
  readStep,
  type StepArguments,
} from "./job-request.ts";
import { checkUntouched, type OutputPlace, paramsForFile, readOutputPlace } from "./output-place.ts";

export type RunStep = StepArguments;

/** What is to be done with a set of files, and how. */
export interface RunPlan {
  /** At least one. */
  readonly steps: readonly RunStep[];
  /** Absolute paths of files with a role in the first job, by its name. */
  readonly roles: Readonly<Record<string, string>>;
  readonly policy: { readonly cache?: false };
  readonly json: boolean;
  readonly all: boolean;
}

export interface RunRequest extends RunPlan {
  /** What each first job takes: one list per chain. */
  readonly chains: readonly (readonly InputSource[])[];
  readonly out: OutputPlace;
}

/** A plan for files that are still to come (`--watch DIR`). */
export interface WatchRequest extends RunPlan {
  /** The folder as it was named, and where results go as it was named. */
  readonly watch: string;
  readonly out: string | undefined;
}

/** Flags of `kiln run` that are no parameters. */
export const RUN_FLAGS: readonly FlagSpec[] = [
  PARAM_FLAG,
  PRESET_FLAG,
  { ...OUT_FLAG, summary: "where files are written (default: out); model.stl = only that file of the job" },
  {
    name: "then",
    value: "TYPE",
    summary: "another job on what this one makes; its parameters stand behind it",
    repeats: true,
  },
  { name: "all", summary: "of a chain, save what every job has made, not only the last one" },
  { name: "no-cache", summary: "run the job though the result of an equal one is there" },
  { name: "watch", value: "DIR", summary: "run every new or changed file in DIR, until Ctrl-C", path: "folder" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

/** The arguments of each step: what stands before the first `--then`, and behind each. */
export function splitSteps(args: readonly string[]): string[][] {
  const steps: string[][] = [[]];
  for (const [i, arg] of args.entries()) {
    if (arg === "--") {
      steps.at(-1)?.push(...args.slice(i));
      break;
    }
    if (arg === "--then") steps.push([]);
    else if (arg.startsWith("--then=")) steps.push([arg.slice("--then=".length)]);
    else steps.at(-1)?.push(arg);
  }
  return steps;
}

/**
 * Reads the arguments behind `run`.
 * @throws UsageError, before anything has been sent or written
 */
export async function readRunRequest(
  args: readonly string[],
  types: readonly JobTypeInfo[],
  places: InputPlaces,
): Promise<RunRequest | WatchRequest> {
  const parts = splitSteps(args).map((part, i) => {
    if (i > 0 && (part[0] === undefined || part[0].startsWith("-"))) throw new UsageError("--then needs a job type.");
    const type = findType(types, part[0]);
    return { type, ...readStep(type, part.slice(1), RUN_FLAGS) };
  });
  parts.forEach(checkStep);
  const [first, ...later] = parts as [LaterStep, ...LaterStep[]];
  for (const [i, step] of later.entries()) checkLink(parts[i]?.type as JobTypeInfo, step);
  // Flags of the whole command may stand behind any of its types, but once only.
  const whole = Arguments.together(parts.map(({ given }) => given));
  const plan = {
    steps: parts.map(({ type, params, preset }) => ({ type, params, preset })),
    roles: await readRoles(first.type, first.given, places.cwd),
    policy: whole.has("no-cache") ? ({ cache: false } as const) : {},
    json: whole.has("json"),
    all: whole.has("all"),
  };
  const watch = whole.value("watch");
  if (watch === undefined) return { ...plan, ...(await readPlaces(plan, first, whole, places)) };
  if (first.given.words.length > 0)
    throw new UsageError(`${first.given.words[0]}: with --watch the files come from ${watch}.`);
  return { ...plan, watch, out: whole.value("out") };
}

/** The files that are there, and where results go. */
async function readPlaces(
  { steps }: RunPlan,
  first: LaterStep,
  whole: Arguments,
  places: InputPlaces,
): Promise<Pick<RunRequest, "steps" | "chains" | "out">> {
  const { min, max } = first.type.inputs;
  const one = min === 1 && max === 1;
  const most = Math.floor(MAX_BATCH_JOBS / steps.length);
  const inputs = await findInputs(first.type, first.given.words, places, one ? most : max);
  const chains = one ? inputs.map((input) => [input]) : [inputs];
  const last = steps.at(-1) as RunStep;
  const out = await readOutputPlace(last.type, whole.value("out") ?? "out", places.cwd);
  if (out.file !== null && (chains.length > 1 || whole.has("all"))) {
    throw new UsageError(`-o ${whole.value("out")} names one file, and there will be several: name a folder.`);
  }
  if (out.file !== null) await checkUntouched(pathsOf(inputs), [join(out.dir, out.file)]);
  const params = paramsForFile(last.type, last.params, out.file);
  return { steps: [...steps.slice(0, -1), { ...last, params }], chains, out };
}

interface LaterStep extends RunStep {
  readonly given: Arguments;
}

/** A later step works on what the one before it makes, and on nothing else. */
function checkLink(before: JobTypeInfo, { type, given }: LaterStep): void {
  const [word] = given.words;
  if (word !== undefined) {
    throw new UsageError(
      `${word}: files stand before the first --then. ${type.name} works on what ${before.name} makes.`,
    );
  }
  const role = type.inputs.roles.find(({ name }) => given.has(name));
  if (role) throw new UsageError(`--${role.name} is taken before the first --then only.`);
  if (chainableOutputs(before, type.inputs.accept).length > 0) return;
  throw new UsageError(`${type.name} takes nothing that ${before.name} makes, so it can't come behind it.`);
}
