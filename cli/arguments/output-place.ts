/** Where results go: a folder, or for the one file that is wanted of a job, that file (`-o model.stl`). */
import { stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { findOutput } from "#contract/job-types/job-type.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { NoFilesError, UsageError } from "../exit-codes.ts";
import { paramSchemas } from "./param-flags.ts";

export interface OutputPlace {
  /** Absolute path of the folder. */
  readonly dir: string;
  /** Name of the only file that is wanted, in `dir`; null = all, under their own names. */
  readonly file: string | null;
}

/** What `-o` means for a type's results: a file when it ends as one of them does, and no folder is there under that name. */
export async function readOutputPlace(type: JobTypeInfo, word: string, cwd: string): Promise<OutputPlace> {
  const path = resolve(cwd, word);
  const extension = extname(path).toLowerCase();
  const names = type.outputs.some((output) => extension !== "" && extname(output.name) === extension);
  const isFile = names && !word.endsWith("/") && !(await stat(path).catch(() => null))?.isDirectory();
  return isFile ? { dir: dirname(path), file: basename(path) } : { dir: path, file: null };
}

/** Parameters by which the job makes the wanted file, where the type lets its formats be chosen and none was. */
export function paramsForFile(
  type: JobTypeInfo,
  params: Readonly<Record<string, unknown>>,
  file: string | null,
): Readonly<Record<string, unknown>> {
  const formats = paramSchemas(type.paramsSchema).formats?.items?.enum;
  const wanted = file === null ? "" : extname(file).slice(1).toLowerCase();
  return params.formats === undefined && formats?.includes(wanted) ? { ...params, formats: [wanted] } : params;
}

/**
 * Which of the artifacts is meant by the file's name: the one of that name, else the first main output with its extension,
 * else the only one with it.
 * @throws NoFilesError when the job has made none, or several of which none is meant
 */
export function pickArtifact(type: Pick<JobTypeInfo, "outputs">, names: readonly string[], file: string): string {
  const extension = extname(file).toLowerCase();
  const fitting = names.filter((name) => extname(name) === extension);
  const picked =
    fitting.find((name) => name === file) ?? fitting.find((name) => findOutput(type, name)?.main) ?? fitting[0];
  const isMeant = picked === file || fitting.length === 1 || (picked && findOutput(type, picked)?.main);
  if (picked !== undefined && isMeant) return picked;
  if (picked !== undefined) {
    throw new NoFilesError("artifact_not_found", `The job made ${fitting.join(", ")}. Name one of them, or a folder.`);
  }
  throw new NoFilesError("artifact_not_found", `The job made ${names.join(", ")}: nothing that ends in ${extension}.`);
}

/**
 * Holds what is to be written against files of the user's own, also where they have several names (links, letters' case).
 * @throws UsageError when one of them would be lost
 */
export async function checkUntouched(own: readonly string[], targets: readonly string[]): Promise<void> {
  const taken = new Map((await Promise.all(own.map(async (path) => [await identity(path), path] as const))).values());
  for (const target of targets) {
    const found = await identity(target);
    if (found !== null && taken.has(found))
      throw new UsageError(`${target} is what the job was given, and is not written over. Name another place with -o.`);
  }
}

async function identity(path: string): Promise<string | null> {
  const info = await stat(path).catch(() => null);
  return info && `${info.dev} ${info.ino}`;
}
