/** Sends the inputs of a command, a few at once. */
import type { Kiln } from "#client/kiln.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import { type InputSource, openSource, sourceName } from "../arguments/input-source.ts";

const UPLOADS_AT_ONCE = 4;

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

/** Sends the inputs and resolves with what names them in a request, in the same order. The first failure ends all. */
export async function uploadInputs(
  kiln: Kiln,
  sources: readonly InputSource[],
  onUpload: UploadObserver | undefined,
  outer: AbortSignal | undefined,
): Promise<RequestedInput[]> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  const blobs = await Promise.all(sources.map(openSource));
  const names = sources.map(sourceName);
  const totalBytes = blobs.reduce((sum, { size }) => sum + size, 0);
  const what = names.length === 1 ? (names[0] as string) : `${names.length} files`;
  const sent: number[] = blobs.map(() => 0);
  const underway = new Set<number>();
  const tell = () =>
    onUpload?.({
      what,
      sentBytes: sent.reduce((sum, one) => sum + one, 0),
      totalBytes,
      underway: [...underway].map((i) => ({
        name: names[i] as string,
        sentBytes: sent[i] as number,
        totalBytes: (blobs[i] as Blob).size,
      })),
    });
  const inputs: RequestedInput[] = [];
  const rest = blobs.entries();
  const sendRest = async (): Promise<void> => {
    for (const [index, blob] of rest) {
      if (blobs.length > 1) underway.add(index);
      const onProgress = (bytes: number) => {
        sent[index] = bytes;
        tell();
      };
      const { id } = await kiln.upload(blob, { filename: names[index], onProgress, signal });
      underway.delete(index);
      inputs[index] = { upload: id };
    }
  };
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, sendRest));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  return inputs;
}
