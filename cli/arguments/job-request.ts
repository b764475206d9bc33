/** What `kiln run` and `kiln local` are asked to do: job type, parameters, files, where results go. */
import { resolve } from "node:path";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { UsageError } from "../exit-codes.ts";
import { splitCommandLine } from "./command-line.ts";
import { Arguments, checkFlag, type FlagSpec, HELP_FLAG, JSON_FLAG, OUT_FLAG } from "./flags.ts";
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

/** `--param depthMm=3`: the other way to write `--depth-mm 3`, for names that come from somewhere else. */
export const PARAM_FLAG: FlagSpec = {
  name: "param",
  value: "NAME=VALUE",
  summary: "a parameter of the job type; --NAME VALUE is the same",
  repeats: true,
};
/** Where a type has a parameter of that name, its values are meant before presets are. */
export const PRESET_FLAG: FlagSpec = {
  name: "preset",
  value: "NAME",
  summary: "a preset of the type, or one of your own; parameters given beside it win",
  repeats: true,
};
/** Flags of `kiln local` that are no parameters. */
export const LOCAL_FLAGS: readonly FlagSpec[] = [PARAM_FLAG, PRESET_FLAG, OUT_FLAG, JSON_FLAG];

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

/**
 * Reads the arguments behind `local`.
 * @param cwd what relative paths start from
 * @throws UsageError, before anything has been written
 */
export async function readJobRequest(
  args: readonly string[],
  types: readonly JobTypeInfo[],
  cwd: string,
): Promise<JobRequest> {
  const type = findType(types, args[0]);
  const { params: own, preset, given } = readStep(type, args.slice(1), LOCAL_FLAGS);
  const params = { ...builtInPreset(type, preset), ...own };
  checkParams(type.paramsSchema, params);
  const files = await findInputFiles(type, given.words, cwd);
  const roles = await readRoles(type, given, cwd);
  const outDir = resolve(cwd, given.value("out") ?? "out");
  return { type, params, files, roles, outDir, json: given.has("json") };
}

/** The parameters of a preset that comes with the type. Throws a UsageError with the nearest one. */
function builtInPreset(type: JobTypeInfo, name: string | undefined): Readonly<Record<string, unknown>> {
  if (name === undefined) return {};
  const found = type.presets.find((preset) => preset.name === name);
  if (found) return found.params;
  const names = type.presets.map((preset) => preset.name);
  const guess = nearest(name, names);
  throw new UsageError(
    `${type.name} has no preset "${name}". ${guess ? `Did you mean ${guess}?` : `There are ${names.join(", ")}.`}`,
  );
}

/**
 * Holds the parameters of a step against the type's schema, those of its preset among them. Of an account's own preset the
 * server alone knows what it holds, and checks.
 */
export function checkStep({ type, params, preset }: StepArguments): void {
  const builtIn = type.presets.find(({ name }) => name === preset);
  if (preset === undefined || builtIn) checkParams(type.paramsSchema, { ...builtIn?.params, ...params });
}

/** One job of a command line. */
export interface StepArguments {
  readonly type: JobTypeInfo;
  readonly params: Readonly<Record<string, unknown>>;
  readonly preset?: string | undefined;
}

/** Parameters of one job, and the rest of its arguments: words and flags, which may be `flags` and the type's roles. */
export function readStep(
  type: JobTypeInfo,
  args: readonly string[],
  flags: readonly FlagSpec[],
): { params: Record<string, unknown>; preset: string | undefined; given: Arguments } {
  const schemas = paramSchemas(type.paramsSchema);
  const roles = type.inputs.roles.map(({ name, label }) => ({ name, value: "FILE", summary: label }));
  const specs = new Map([...flags, HELP_FLAG, ...roles].map((spec) => [spec.name, spec]));
  const standsAlone = (name: string) => {
    const spec = specs.get(name);
    return spec ? spec.value === undefined : isBooleanFlag(schemas, name);
  };
  const split = splitCommandLine(args, standsAlone);
  const isParam = ({ name, value }: Flag) =>
    !specs.has(name) || (name === PRESET_FLAG.name && schemas.preset?.enum?.includes(value) === true);
  const rest = split.flags.filter((flag) => !isParam(flag) && flag.name !== PARAM_FLAG.name);
  for (const flag of rest) checkFlag(flag, specs.get(flag.name), rest, [...specs.values()]);
  const own = split.flags.flatMap((flag) => {
    if (flag.name === PARAM_FLAG.name) return [pairOf(flag)];
    return isParam(flag) ? [flag] : [];
  });
  const given = new Arguments(split.words, rest);
  const [preset, another] = given.values(PRESET_FLAG.name);
  if (another !== undefined) throw new UsageError("--preset is given more than once.");
  return { params: readParams(schemas, own, [...specs.keys()]), preset, given };
}

function pairOf({ value }: Flag): Flag {
  const equals = value?.indexOf("=") ?? -1;
  if (value === null || equals < 1) throw new UsageError("--param takes NAME=VALUE, e.g. --param depthMm=3.");
  return { name: value.slice(0, equals), value: value.slice(equals + 1) };
}

/** Files given with the flags of roles, by role. A role's flag is its name: `--background sky.jpg`. */
export async function readRoles(type: JobTypeInfo, given: Arguments, cwd: string): Promise<Record<string, string>> {
  const roles: Record<string, string> = {};
  for (const { name } of type.inputs.roles) {
    const word = given.value(name);
    if (word !== undefined) roles[name] = await findRoleFile(type, word, cwd);
  }
  return roles;
}
