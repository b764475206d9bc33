/**
 * A zip that is made while it is read: one file after the other, stored and not compressed (pictures and models are already).
 * Nothing is held in memory but the piece that is on its way. Zip64, so that neither 4 GB nor 65,535 files are a limit. Made by
 * client-zip.
 */
import { makeZip } from "client-zip";
import { contentDisposition } from "./content-disposition.ts";

export interface ArchiveFile {
  readonly name: string;
  readonly input: ReadableStream<Uint8Array> | string;
  readonly lastModified: Date;
  /** Bytes, where that is known. */
  readonly size?: number;
}

/** The answer with these files. The next one is asked for when the one before has been read. */
export function zipResponse(
  files: AsyncIterable<ArchiveFile>,
  filename: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(makeZip(files, { buffersAreUTF8: true }), {
    headers: {
      "Content-Type": "application/zip",
      "Content-Disposition": contentDisposition("attachment", filename),
      "Cache-Control": "no-store",
      ...headers,
    },
  });
}
