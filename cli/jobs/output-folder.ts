/** The folder for results: made before anything is sent, and gone again when nothing came into it. */
import { constants } from "node:fs";
import { access, mkdir, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../exit-codes.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "the name is too long",
};

/**
 * Does `work` with the folder there. When that fails, the folders that were made for it go, as far as they are empty.
 * @throws UsageError when the folder can't be made or written to, before `work` begins
 */
export async function withFolder<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const made: string[] = [];
  const clear = async () => {
    // Inner ones first; one that is not empty stays, and so do those around it.
    for (const folder of made.toReversed()) await rmdir(folder).catch(() => undefined);
  };
  try {
    await makeFolders(dir, made);
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    await clear();
    if (error instanceof UsageError) throw error;
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new UsageError(`Nothing can be saved in ${dir}: ${REASONS[code] ?? message}. Name another folder with -o.`);
  }
  try {
    return await work();
  } catch (error) {
    await clear();
    throw error;
  }
}

/** One after the other: Node's own `recursive` never ends where a folder can't be made in one that is there, as in /proc. */
async function makeFolders(dir: string, made: string[]): Promise<void> {
  const info = await stat(dir).catch(() => null);
  if (info?.isDirectory()) return;
  if (info) throw new UsageError(`${dir} is a file; results need a folder. Name another one with -o.`);
  await makeFolders(dirname(dir), made);
  try {
    await mkdir(dir);
    made.push(dir);
  } catch (error) {
    // Another command may have made it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
