/** The files a command works on: named one by one, by pattern, as folders whose fitting files are taken, or on standard input. */
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { extname, join, relative, resolve, sep } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { glob, isDynamicPattern } from "tinyglobby";
import { readSignature, SIGNATURE_BYTES } from "#contract/file-signature.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { UsageError } from "../exit-codes.ts";
import { fileSource, type InputSource } from "./input-source.ts";

/** What relative paths start from, and what `-` is read from. */
export interface InputPlaces {
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Ends the waiting for standard input. */
  readonly signal?: AbortSignal;
}

/** `IMG_2` before `IMG_10`, as people count. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * The inputs that `words` name: files by absolute path. A folder stands for all files below it with one of the job type's
 * extensions, a pattern (`*.png`, for shells that leave it as it is) for the files that it fits, `-` for standard input; an
 * https address for a file that the runner fetches.
 * @param max the most that are taken; more than one job takes where each file gets a job of its own
 * @throws UsageError when there are too few or too many, or one can't be an input
 */
export async function findInputs(
  type: JobTypeInfo,
  words: readonly string[],
  { cwd, stdin, signal }: InputPlaces,
  max: number = type.inputs.max,
): Promise<InputSource[]> {
  if (words.filter((word) => word === "-").length > 1)
    throw new UsageError("Standard input (-) can be read only once.");
  const found: InputSource[] = [];
  for (const word of words) {
    if (word === "-") found.push(await readStdin(type, signal ? addAbortSignal(signal, stdin) : stdin));
    else if (/^[a-z]+:\/\//i.test(word)) found.push({ kind: "url", url: checkUrl(word) });
    else found.push(...(await findFiles(type, word, cwd)).map(fileSource));
  }
  checkCount(type, found.length, max);
  return found;
}

/** The server holds an address against its own rules; here only what would be refused anyway. */
function checkUrl(word: string): string {
  if (/^https:\/\//i.test(word) && URL.canParse(word)) return word;
  throw new UsageError(`${word}: a file is fetched by https only. Download it, and name it as a file.`);
}

/** Absolute paths of the files that `words` name, for a command that can read nothing but files. */
export async function findInputFiles(type: JobTypeInfo, words: readonly string[], cwd: string): Promise<string[]> {
  const found = (await Promise.all(words.map((word) => findFiles(type, word, cwd)))).flat();
  checkCount(type, found.length, type.inputs.max);
  return found;
}

/** Absolute path of the file behind a role's flag. Throws a UsageError when it can't be used. */
export async function findRoleFile(type: JobTypeInfo, word: string, cwd: string): Promise<string> {
  const file = resolve(cwd, word);
  await checkFile(type, file);
  return file;
}

function checkCount(type: JobTypeInfo, count: number, max: number): void {
  const { min, label } = type.inputs;
  if (count >= min && count <= max) return;
  const wanted = min === max ? `exactly ${min} file${min === 1 ? "" : "s"}` : `${min} to ${max} files`;
  throw new UsageError(`${type.name} takes ${wanted} (${label}), ${count} given.`);
}

async function findFiles(type: JobTypeInfo, word: string, cwd: string): Promise<string[]> {
  const path = resolve(cwd, word);
  const info = await stat(path).catch(() => null);
  const files = info?.isDirectory()
    ? await filesBelow(type, path, word)
    : !info && isDynamicPattern(word)
      ? await filesFitting(word, cwd)
      : [path];
  for (const file of files) await checkFile(type, file);
  return files;
}

async function filesBelow(type: JobTypeInfo, folder: string, word: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    // What systems hide: `._photo.jpg` of macOS is no photo. A link stands for what it leads to; a broken one is told of.
    .filter(({ name }) => !name.startsWith(".") && fits(type, name))
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !relative(folder, path)
          .split(sep)
          .some((part) => part.startsWith(".")),
    )
    .sort(byName);
  if (files.length > 0) return files;
  throw new UsageError(`There are no files in ${word} that end in ${type.inputs.extensions.join(" ")}.`);
}

async function filesFitting(pattern: string, cwd: string): Promise<string[]> {
  const files = await glob([pattern], { cwd, absolute: true, onlyFiles: true, expandDirectories: false });
  if (files.length > 0) return files.sort(byName);
  throw new UsageError(`No file fits ${pattern}.`);
}

/** Whether a file of that name may be an input of the type, by its extension. */
export const fits = (type: JobTypeInfo, name: string): boolean =>
  type.inputs.extensions.length === 0 || type.inputs.extensions.includes(extname(name).toLowerCase());

async function readStdin(type: JobTypeInfo, stdin: InputPlaces["stdin"]): Promise<InputSource> {
  if (stdin.isTTY) throw new UsageError("Nothing is piped into standard input (-).");
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of stdin as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > type.inputs.maxBytes) {
      throw new UsageError(`Standard input has more than ${type.inputs.maxBytes} bytes, which ${type.name} takes.`);
    }
    chunks.push(new Uint8Array(chunk));
  }
  if (bytes === 0) throw new UsageError("Standard input is empty.");
  const data = new Blob(chunks);
  const signature = readSignature(new Uint8Array(await data.slice(0, SIGNATURE_BYTES).arrayBuffer()));
  const name = signature === null ? "stdin" : `stdin.${signature.name.toLowerCase()}`;
  return { kind: "data", name, data };
}

/** Holds a file against what every input of the type must be. Throws a UsageError that says what is wrong. */
export async function checkFile(type: JobTypeInfo, file: string): Promise<void> {
  const info = await stat(file).catch(() => null);
  if (!info) throw new UsageError(`${file}: there is no such file, or it can't be read.`);
  if (!info.isFile()) throw new UsageError(`${file} is not a file.`);
  const readable = await access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!readable) throw new UsageError(`${file} can't be read: you have no permission. chmod u+r gives it.`);
  if (info.size === 0) throw new UsageError(`${file} is empty.`);
  const { maxBytes } = type.inputs;
  if (info.size > maxBytes)
    throw new UsageError(`${file} has ${info.size} bytes; ${type.name} takes up to ${maxBytes}.`);
}
