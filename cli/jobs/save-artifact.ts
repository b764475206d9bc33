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
  { onBytes, signal }: { onBytes?: (count: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<SavedFile> {
  const path = join(dir, name);
  const partial = join(dir, `.${name}.${randomBytes(4).toString("hex")}.part`);
  try {
    const source = response.body ? Readable.fromWeb(response.body as never) : Readable.from([]);
    const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        onBytes?.(chunk.byteLength);
        yield chunk;
      }
    };
    await pipeline(source, counted, createWriteStream(partial), { signal });
    const { size } = await stat(partial);
    await rename(partial, path);
    return { name, path, bytes: size };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
