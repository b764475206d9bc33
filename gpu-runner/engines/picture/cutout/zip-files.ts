/**
 * Request `zip`: result files under the names users gave their pictures. Streamed, one file after the other; not compressed
 * again, because pictures are. Done in the sandbox, so that a link in place of a file leads nowhere a child can't read.
 */
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { MAX_ARTIFACT_BYTES } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";

export interface ZipRequest {
  /** `name` is the path inside the zip, with `/`; each one once. */
  readonly files: readonly { readonly path: string; readonly name: string }[];
  readonly toPath: string;
}

/** The same for every zip: a zip of the same files is the same file. 1980 is the first year that zip knows. */
const MODIFIED = new Date(Date.UTC(1980, 0, 1, 12));

/** Serves the request. Returns the bytes of all files. Throws a JobFailure resource_limit for more than an artifact may have. */
export async function zipFiles({ files, toPath }: ZipRequest): Promise<{ bytes: number }> {
  let bytes = 0;
  for (const { path } of files) bytes += (await stat(path)).size;
  if (bytes > MAX_ARTIFACT_BYTES) {
    throw new JobFailure(
      "resource_limit",
      `The results have ${bytes} bytes together; at most ${MAX_ARTIFACT_BYTES} fit into one zip. Give fewer pictures, WebP as the format, or a largest side.`,
    );
  }
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  for (const { path, name } of files) zip.addFile(path, name, { compress: false, mtime: MODIFIED, mode: 0o100644 });
  zip.end();
  await pipeline(output, createWriteStream(toPath));
  return { bytes };
}
