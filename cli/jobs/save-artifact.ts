/** Writes a downloaded file so that it is either whole or not there. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface SavedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/**
 * Streams `response` into `dir/name`. The client holds its content against the manifest; what fails then, or is cut off,
 * leaves nothing behind.
 */
export async function saveArtifact(
  response: Response,
  dir: string,
  name: string,
  signal?: AbortSignal,
): Promise<SavedFile> {
  const path = join(dir, name);
  const partial = join(dir, `.${name}.${randomBytes(4).toString("hex")}.part`);
  try {
    const source = response.body ? Readable.fromWeb(response.body as never) : Readable.from([]);
    await pipeline(source, createWriteStream(partial), { signal });
    const { size } = await stat(partial);
    await rename(partial, path);
    return { name, path, bytes: size };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
