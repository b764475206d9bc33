/** Sends the files of a command, a few at once. */
import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import type { Kiln } from "#client/kiln.ts";

const UPLOADS_AT_ONCE = 4;

/** `what`: the file's name, or how many there are; the bytes are those of all files. */
export type UploadObserver = (what: string, sentBytes: number, totalBytes: number) => void;

/** Sends the files and resolves with their uploads' ids in the same order. The first failure ends all. */
export async function uploadFiles(
  kiln: Kiln,
  files: readonly string[],
  onUpload: UploadObserver | undefined,
  outer: AbortSignal | undefined,
): Promise<string[]> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  const ids: string[] = [];
  const blobs = await Promise.all(files.map((file) => openAsBlob(file)));
  const totalBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  const what = files.length === 1 ? basename(files[0] as string) : `${files.length} files`;
  const sent: number[] = [];
  const rest = blobs.entries();
  const sendRest = async (): Promise<void> => {
    for (const [index, blob] of rest) {
      const onProgress = (bytes: number) => {
        sent[index] = bytes;
        onUpload?.(
          what,
          sent.reduce((sum, one) => sum + one, 0),
          totalBytes,
        );
      };
      const filename = basename(files[index] as string);
      ids[index] = (await kiln.upload(blob, { filename, onProgress, signal })).id;
    }
  };
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, sendRest));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  return ids;
}
