/** Sends the inputs of a command; the client decides how many parts are on their way at once. */
import type { Kiln } from "#client/kiln.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import { type InputSource, openSource, sourceName } from "../arguments/input-source.ts";

export interface UploadProgress {
  /** The file's name, or how many there are. */
  readonly what: string;
  /** Of all files. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** The files that are on their way, where there are several. */
  readonly underway: readonly { readonly name: string; readonly sentBytes: number; readonly totalBytes: number }[];
}
export type UploadObserver = (progress: UploadProgress) => void;

/** Sends what is here and resolves with what names all inputs in a request, in the same order. The first failure ends all. */
export async function uploadInputs(
  kiln: Kiln,
  sources: readonly InputSource[],
  onUpload: UploadObserver | undefined,
  signal: AbortSignal | undefined,
): Promise<RequestedInput[]> {
  const here = sources.filter((source) => source.kind !== "url");
  const files = await Promise.all(
    here.map(async (source) => ({ file: await openSource(source), filename: sourceName(source) })),
  );
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const what = files.length === 1 ? (files[0]?.filename as string) : `${files.length} files`;
  const sent = files.map(() => 0);
  const tell = () =>
    onUpload?.({
      what,
      sentBytes: sent.reduce((sum, one) => sum + one, 0),
      totalBytes,
      underway: files.length === 1 ? [] : underwayOf(files, sent),
    });
  const tellOf = (index: number) => (bytes: number) => {
    sent[index] = bytes;
    tell();
  };
  const uploads = await kiln.uploadAll(
    files.map((file, index) => ({ ...file, onProgress: tellOf(index) })),
    { signal },
  );
  const ids = uploads.values();
  return sources.map((source) =>
    source.kind === "url" ? { url: source.url } : { upload: (ids.next().value as (typeof uploads)[number]).id },
  );
}

function underwayOf(files: readonly { file: Blob; filename: string }[], sent: readonly number[]) {
  const all = files.map(({ file, filename }, i) => ({
    name: filename,
    sentBytes: sent[i] as number,
    totalBytes: file.size,
  }));
  return all.filter(({ sentBytes, totalBytes }) => sentBytes > 0 && sentBytes < totalBytes);
}
