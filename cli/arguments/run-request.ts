/**
 * What `kiln run` is asked to do: one job; a chain (`--then TYPE`), whose flags belong to the type they stand behind; or one
 * of these for each of several files, where the first type takes a single one.
 */
import { resolve } from "node:path";
import { chainableOutputs } from "#contract/job-types/job-type.ts";
import { MAX_BATCH_JOBS } from "#contract/limits.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { UsageError } from "../exit-codes.ts";
import { findInputFiles } from "./input-files.ts";
import { findType, flagValue, readRoles, readStep } from "./job-request.ts";
import { checkParams, type Flag } from "./param-flags.ts";

export interface RunStep {
  readonly type: JobTypeInfo;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface RunRequest {
  /** At least one. */
  readonly steps: readonly RunStep[];
  /** Absolute paths of the files that each first job takes: one list per chain. */
  readonly chains: readonly (readonly string[])[];
  /** Absolute paths of files with a role in the first job, by its name. */
  readonly roles: Readonly<Record<string, string>>;
  readonly policy: { readonly cache?: false };
  readonly outDir: string;
  readonly json: boolean;
  readonly all: boolean;
}

const RUN_FLAGS = ["out", "json", "api", "key", "help", "all", "no-cache"];

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
 * @param cwd what relative paths start from
 * @throws UsageError, before anything has been sent or written
 */
export async function readRunRequest(
  args: readonly string[],
  types: readonly JobTypeInfo[],
  cwd: string,
): Promise<RunRequest> {
  const parts = splitSteps(args).map((part, i) => {
    if (i > 0 && (part[0] === undefined || part[0].startsWith("-"))) throw new UsageError("--then needs a job type.");
    const type = findType(types, part[0]);
    return { type, ...readStep(type, part.slice(1), RUN_FLAGS) };
  });
  for (const { type, params } of parts) checkParams(type.paramsSchema, params);
  const [first, ...later] = parts as [(typeof parts)[number], ...typeof parts];
  for (const [i, step] of later.entries()) checkLink(parts[i]?.type as JobTypeInfo, step);
  const { min, max } = first.type.inputs;
  const one = min === 1 && max === 1;
  const most = Math.floor(MAX_BATCH_JOBS / parts.length);
  const files = await findInputFiles(first.type, first.words, cwd, one ? most : max);
  const roles = await readRoles(first.type, first.flags, cwd);
  // Flags of the whole command may stand behind any of its types.
  const flags = parts.flatMap((part) => part.flags).filter(({ name }) => RUN_FLAGS.includes(name));
  // connect.ts has used them; here they are only held to be given once.
  for (const name of ["api", "key"]) flagValue(flags, name);
  const given = (wanted: string) => flags.some(({ name }) => name === wanted);
  return {
    steps: parts.map(({ type, params }) => ({ type, params })),
    chains: one ? files.map((file) => [file]) : [files],
    roles,
    policy: given("no-cache") ? { cache: false } : {},
    outDir: resolve(cwd, flagValue(flags, "out") ?? "out"),
    json: given("json"),
    all: given("all"),
  };
}

interface LaterStep {
  readonly type: JobTypeInfo;
  readonly words: readonly string[];
  readonly flags: readonly Flag[];
}

/** A later step works on what the one before it makes, and on nothing else. */
function checkLink(before: JobTypeInfo, { type, words, flags }: LaterStep): void {
  const [word] = words;
  if (word !== undefined) {
    throw new UsageError(
      `${word}: files stand before the first --then. ${type.name} works on what ${before.name} makes.`,
    );
  }
  const role = flags.find(({ name }) => type.inputs.roles.some((known) => known.name === name));
  if (role) throw new UsageError(`--${role.name} is taken before the first --then only.`);
  if (chainableOutputs(before, type.inputs.accept).length > 0) return;
  throw new UsageError(`${type.name} takes nothing that ${before.name} makes, so it can't come behind it.`);
}
