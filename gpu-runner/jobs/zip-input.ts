/** A zip among a job's inputs: what of it can be used, each file under a generated name. What is left out is named in a warning. */
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { UnpackRequest, UnpackResult } from "../engines/picture/read/unpack-zip.ts";
import { type InputFile, type JobContext, JobFailure } from "./job.ts";

export interface NamedFile {
  readonly path: string;
  /** What the user calls it, for messages. */
  readonly filename: string;
}

export interface ZipWish {
  /** Tells the zips of one job apart. */
  readonly number: number;
  /** For the failure when there is none of them: "holds no …. …". */
  readonly none: string;
  /** For the warning: "because they are …". */
  readonly others: string;
  /** Media types that are taken; without it pictures. */
  readonly types?: readonly string[];
  unpack(request: { readonly kind: "unpack" } & UnpackRequest): Promise<UnpackResult>;
}

/** Names that the warning shows. */
const NAMES_SHOWN = 5;

/** The files of a zip, in its order. Throws a JobFailure input_invalid when none can be used. */
export async function unpackZipInput(
  context: JobContext,
  { path, filename }: InputFile,
  { number, none, others, types, unpack }: ZipWish,
): Promise<NamedFile[]> {
  const toDir = join(context.workDir, `zip-${number}`);
  await mkdir(toDir);
  // The child may have another user; nobody else can pass through the workspace.
  await chmod(toDir, 0o777);
  const { pictures, skipped } = await unpack({ kind: "unpack", path, filename, toDir, ...(types ? { types } : {}) });
  if (pictures.length === 0) throw new JobFailure("input_invalid", `${filename} ${none}`);
  if (skipped.length > 0) {
    const more = skipped.length > NAMES_SHOWN ? ` and ${skipped.length - NAMES_SHOWN} more` : "";
    const names = skipped.slice(0, NAMES_SHOWN).join(", ");
    context.warn(`Left out of ${filename}, because they are ${others}: ${names}${more}.`);
  }
  return pictures.map((picture) => ({ path: picture.path, filename: picture.name }));
}
