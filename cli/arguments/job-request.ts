/** What `kiln run` and `kiln local` are asked to do: job type, parameters, files, where results go. */
import { resolve } from "node:path";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { UsageError } from "../exit-codes.ts";
import { splitCommandLine } from "./command-line.ts";
import { findInputFiles, findRoleFile } from "./input-files.ts";
import { nearest } from "./nearest.ts";
import { checkParams, type Flag, isBooleanFlag, paramSchemas, readParams } from "./param-flags.ts";

export interface JobRequest {
  readonly type: JobTypeInfo;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absolute paths of files that exist. */
  readonly files: readonly string[];
  /** Absolute paths of files with a role, by its name. */
  readonly roles: Readonly<Record<string, string>>;
  readonly outDir: string;
  readonly json: boolean;
}

/** Flags of a job command that are no parameters; `api` and `key` for a server only. */
const JOB_FLAGS = ["out", "json", "api", "key", "help"];
const STANDS_ALONE = new Set(["json", "help", "all", "no-cache"]);

/** The job type of that name. Throws a UsageError with the nearest one. */
export function findType(types: readonly JobTypeInfo[], name: string | undefined): JobTypeInfo {
  const names = types.map((type) => type.name);
  if (name === undefined) throw new UsageError(`Say what to do: one of ${names.join(", ")}.`);
  const found = types.find((type) => type.name === name);
  if (found) return found;
  const guess = nearest(name, names);
  throw new UsageError(
    `There is no job type "${name}". ${guess ? `Did you mean ${guess}?` : `There are ${names.join(", ")}.`}`,
  );
}

/** Value of a flag that may be given once. */
export function flagValue(flags: readonly Flag[], name: string): string | undefined {
  const given = flags.filter((flag) => flag.name === name);
  if (given.length > 1) throw new UsageError(`--${name} is given more than once.`);
  if (given[0]?.value === null) throw new UsageError(`--${name} needs a value.`);
  return given[0]?.value;
}

/**
 * Reads the arguments behind `run` or `local`.
 * @param cwd what relative paths start from
 * @throws UsageError, before anything has been sent or written
 */
export async function readJobRequest(
  args: readonly string[],
  types: readonly JobTypeInfo[],
  cwd: string,
): Promise<JobRequest> {
  const type = findType(types, args[0]);
  const { params, words, flags } = readStep(type, args.slice(1), JOB_FLAGS);
  checkParams(type.paramsSchema, params);
  const files = await findInputFiles(type, words, cwd);
  const roles = await readRoles(type, flags, cwd);
  // connect.ts has used them; here they are only held to be given once.
  for (const name of ["api", "key"]) flagValue(flags, name);
  const outDir = resolve(cwd, flagValue(flags, "out") ?? "out");
  return { type, params, files, roles, outDir, json: flags.some(({ name }) => name === "json") };
}

/** Params, words and other flags of one job's arguments. `others`: flags that are no parameters, besides the type's roles. */
export function readStep(type: JobTypeInfo, args: readonly string[], others: readonly string[]) {
  const schemas = paramSchemas(type.paramsSchema);
  const { words, flags } = splitCommandLine(args, (flag) => STANDS_ALONE.has(flag) || isBooleanFlag(schemas, flag));
  const known = [...others, ...type.inputs.roles.map(({ name }) => name)];
  const own = flags.filter(({ name }) => !known.includes(name));
  const rest = flags.filter(({ name }) => known.includes(name));
  return { params: readParams(schemas, own, known), words, flags: rest };
}

/** Files given with the flags of roles, by role. A role's flag is its name: `--background sky.jpg`. */
export async function readRoles(
  type: JobTypeInfo,
  flags: readonly Flag[],
  cwd: string,
): Promise<Record<string, string>> {
  const roles: Record<string, string> = {};
  for (const { name } of type.inputs.roles) {
    const word = flagValue(flags, name);
    if (word !== undefined) roles[name] = await findRoleFile(type, word, cwd);
  }
  return roles;
}
