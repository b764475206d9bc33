/** The files a command works on: named one by one, or as folders whose fitting files are taken. */
import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { UsageError } from "../exit-codes.ts";

/** `IMG_2` before `IMG_10`, as people count. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Absolute paths of the files that `words` name. A folder stands for all files below it with one of the job type's
 * extensions, in the order of their names.
 * @param max the most that are taken; more than one job takes where each file gets a job of its own
 * @throws UsageError when there are too few or too many, or one can't be an input
 */
export async function findInputFiles(
  type: JobTypeInfo,
  words: readonly string[],
  cwd: string,
  max: number = type.inputs.max,
): Promise<string[]> {
  const found = await Promise.all(words.map((word) => expand(resolve(cwd, word), word, type)));
  const files = found.flat();
  const { min, label } = type.inputs;
  if (files.length < min || files.length > max) {
    const wanted = min === max ? `exactly ${min} file${min === 1 ? "" : "s"}` : `${min} to ${max} files`;
    throw new UsageError(`${type.name} takes ${wanted} (${label}), ${files.length} given.`);
  }
  for (const file of files) await checkFile(type, file);
  return files;
}

/** Absolute path of the file behind a role's flag. Throws a UsageError when it can't be used. */
export async function findRoleFile(type: JobTypeInfo, word: string, cwd: string): Promise<string> {
  const file = resolve(cwd, word);
  await checkFile(type, file);
  return file;
}

async function expand(path: string, word: string, type: JobTypeInfo): Promise<string[]> {
  const info = await stat(path).catch(() => null);
  if (!info?.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && type.inputs.extensions.includes(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort(byName);
  if (files.length > 0) return files;
  throw new UsageError(`There are no files in ${word} that end in ${type.inputs.extensions.join(" ")}.`);
}

async function checkFile(type: JobTypeInfo, file: string): Promise<void> {
  const info = await stat(file).catch(() => null);
  if (!info) throw new UsageError(`${file}: there is no such file, or it can't be read.`);
  if (!info.isFile()) throw new UsageError(`${file} is not a file.`);
  if (info.size === 0) throw new UsageError(`${file} is empty.`);
  const { maxBytes } = type.inputs;
  if (info.size > maxBytes)
    throw new UsageError(`${file} has ${info.size} bytes; ${type.name} takes up to ${maxBytes}.`);
}
