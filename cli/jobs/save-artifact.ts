/** Writes a downloaded file so that it is either whole or not there, and is what the manifest says. */
import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { JobFailedError } from "../exit-codes.ts";

export interface SavedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/**
 * Streams `response` into `dir/name`.
 * @param sha256 what the content must hash to; null = not known
 * @throws JobFailedError when another content arrived; nothing is left behind then
 */
export async function saveArtifact(
  response: Response,
  dir: string,
  name: string,
  sha256: string | null,
  signal?: AbortSignal,
): Promise<SavedFile> {
  const path = join(dir, name);
  const partial = join(dir, `.${name}.${randomBytes(4).toString("hex")}.part`);
  const hash = createHash("sha256");
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const source = response.body ? Readable.fromWeb(response.body as never) : Readable.from([]);
    await pipeline(source, measure, createWriteStream(partial), { signal });
    if (sha256 !== null && hash.digest("hex") !== sha256) {
      throw new JobFailedError("checksum_mismatch", `${name} arrived damaged. Run the command again.`);
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { name, path, bytes };
}
