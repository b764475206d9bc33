/** Sends the files of a draft, a few at a time, with one progress for all of them. Pure but for the `send` it is given. */
import type { DraftInput } from "./draft.ts";

export interface UploadProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
}

interface UploadCalls {
  /** Sends one file and answers the upload's id; calls `onSent` with the bytes sent so far. */
  readonly send: (file: File, onSent: (bytes: number) => void, signal: AbortSignal) => Promise<string>;
  readonly onUploaded: (key: string, upload: string) => void;
  readonly onProgress: (progress: UploadProgress) => void;
  readonly signal: AbortSignal;
}

/** A file could not be sent. */
export class InputError extends Error {
  readonly filename: string;

  constructor(filename: string, cause: unknown) {
    super(`${filename} could not be sent`, { cause });
    this.filename = filename;
  }
}

/** More would not be faster: the line is shared, and large files are sent in parallel parts already. */
const PARALLEL = 4;

/**
 * Upload ids of all inputs, by key. Inputs that have one are not sent again. The first failure stops the others; what was
 * sent by then has been told to `onUploaded`. Throws `InputError`, or the signal's reason when that stopped it.
 */
export async function uploadInputs(
  inputs: readonly DraftInput[],
  { send, onUploaded, onProgress, signal }: UploadCalls,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(inputs.flatMap(({ key, upload }) => (upload ? [[key, upload] as const] : [])));
  const queue = inputs.filter(({ key }) => !ids.has(key));
  const sent = new Map<string, number>();
  const totalBytes = queue.reduce((sum, { bytes }) => sum + bytes, 0);
  const totalFiles = queue.length;
  let doneFiles = 0;
  const tell = () => {
    const sentBytes = [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    onProgress({ sentBytes, totalBytes, doneFiles, totalFiles });
  };
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let failure: InputError | null = null;
  const sendQueued = async (): Promise<void> => {
    for (let input = queue.shift(); input && !either.aborted; input = queue.shift()) {
      const { key, file, filename, bytes } = input;
      try {
        if (!file) throw new Error("The file is no longer at hand. Choose it again.");
        const onSent = (now: number) => {
          sent.set(key, now);
          tell();
        };
        const id = await send(file, onSent, either);
        sent.set(key, bytes);
        ids.set(key, id);
        doneFiles += 1;
        onUploaded(key, id);
        tell();
      } catch (error) {
        if (either.aborted) return;
        failure = new InputError(filename, error);
        failed.abort(failure);
      }
    }
  };
  if (totalFiles > 0) tell();
  await Promise.all(Array.from({ length: PARALLEL }, sendQueued));
  signal.throwIfAborted();
  if (failure) throw failure;
  return ids;
}
