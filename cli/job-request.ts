/** What `kiln run` and `kiln local` are asked to do: job type, parameters, files, where results go. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { splitCommandLine } from "./command-line.ts";
import { UsageError } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";
import { checkParams, type Flag, isBooleanFlag, paramSchemas, readParams } from "./param-flags.ts";

export interface JobRequest {
  readonly type: JobTypeInfo;
  readonly params: Readonly<Record<string, unknown>>;
  /** Absolute paths of files that exist. */
  readonly files: readonly string[];
  readonly outDir: string;
  readonly json: boolean;
}

/** Flags of a job command that are no parameters; `api` and `key` for a server only. */
const JOB_FLAGS = ["out", "json", "api", "key", "help"];
const STANDS_ALONE = new Set(["json", "help"]);

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
function flagValue(flags: readonly Flag[], name: string): string | undefined {
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
  const schemas = paramSchemas(type.paramsSchema);
  const { words, flags } = splitCommandLine(
    args.slice(1),
    (flag) => STANDS_ALONE.has(flag) || isBooleanFlag(schemas, flag),
  );
  const params = readParams(
    schemas,
    flags.filter(({ name }) => !JOB_FLAGS.includes(name)),
    JOB_FLAGS,
  );
  checkParams(type.paramsSchema, params);
  const files = words.map((word) => resolve(cwd, word));
  await checkFiles(type, files);
  // connect.ts has used them; here they are only held to be given once.
  for (const name of ["api", "key"]) flagValue(flags, name);
  const outDir = resolve(cwd, flagValue(flags, "out") ?? "out");
  return { type, params, files, outDir, json: flags.some(({ name }) => name === "json") };
}

async function checkFiles(type: JobTypeInfo, files: readonly string[]): Promise<void> {
  const { min, max, label, maxBytes } = type.inputs;
  if (files.length < min || files.length > max) {
    const wanted = min === max ? `exactly ${min} file${min === 1 ? "" : "s"}` : `${min} to ${max} files`;
    throw new UsageError(`${type.name} takes ${wanted} (${label}), ${files.length} given.`);
  }
  for (const file of files) {
    const info = await stat(file).catch(() => null);
    if (!info) throw new UsageError(`${file}: there is no such file, or it can't be read.`);
    if (!info.isFile()) throw new UsageError(`${file} is not a file.`);
    if (info.size === 0) throw new UsageError(`${file} is empty.`);
    if (info.size > maxBytes)
      throw new UsageError(`${file} has ${info.size} bytes; ${type.name} takes up to ${maxBytes}.`);
  }
}
