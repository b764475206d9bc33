/** Sends the files of a draft, a few at a time, with one progress for all of them. Pure but for the `send` it is given. */
import type { DraftInput } from "./draft.ts";

export interface UploadProgress {
  /** Bytes that are there, those of an earlier try included. */
  readonly sentBytes: number;
  /** Of them, what was there before this try. */
  readonly resumedBytes: number;
  readonly totalBytes: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
}

interface UploadCalls {
  /** Sends one file and answers the upload's id; calls `onSent` with the bytes sent so far. */
  readonly send: (file: File, onSent: (bytes: number) => void, signal: AbortSignal) => Promise<string>;
  /** Whether the same file may be sent after all, later. */
  readonly mayWorkLater: (error: unknown) => boolean;
  /** Whether the others would fail for the same reason: then all end with it. What was sent stays sent. */
  readonly stopsAll: (error: unknown) => boolean;
  readonly onUploaded: (key: string, upload: string) => void;
  readonly onProgress: (progress: UploadProgress) => void;
  readonly signal: AbortSignal;
}

/** A file that could not be sent. */
export interface UnsentInput {
  readonly key: string;
  readonly filename: string;
  readonly cause: unknown;
}

/** Some files could not be sent; all others were. */
export class UnsentError extends Error {
  readonly unsent: readonly UnsentInput[];

  constructor(unsent: readonly UnsentInput[]) {
    super(`${unsent.map(({ filename }) => filename).join(", ")} could not be sent`);
    this.unsent = unsent;
  }
}

/** More would not be faster: the line is shared, and large files are sent in parallel parts already. */
const PARALLEL = 4;
/** How often a file is tried, each time after all others. */
const MAX_TRIES = 3;
/** So many failures with nothing sent between them: it is the line, not the files. */
const MAX_FAILURES_IN_A_ROW = 2 * PARALLEL;

/**
 * Upload ids of all inputs, by key. Inputs that have one, that another job makes or that the runner fetches are not sent. A file that fails does not stop the others: it
 * is tried again after them. What was sent has been told to `onUploaded`. Throws `UnsentError` with the files that could
 * not be sent, the failure itself when the line is broken, or the signal's reason when that stopped it.
 */
export async function uploadInputs(
  inputs: readonly DraftInput[],
  { send, mayWorkLater, stopsAll, onUploaded, onProgress, signal }: UploadCalls,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map(inputs.flatMap(({ key, upload }) => (upload ? [[key, upload] as const] : [])));
  const queue = inputs
    .filter(({ key, from, url }) => !ids.has(key) && from === null && url === null)
    .map((input) => ({ input, tries: 0 }));
  const sent = new Map<string, number>();
  let resumedBytes = 0;
  const totalBytes = queue.reduce((sum, { input }) => sum + input.bytes, 0);
  const totalFiles = queue.length;
  const unsent: UnsentInput[] = [];
  let doneFiles = 0;
  let failuresInARow = 0;
  const tell = () => {
    const sentBytes = [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    onProgress({ sentBytes, resumedBytes, totalBytes, doneFiles, totalFiles });
  };
  const broken = new AbortController();
  const either = AbortSignal.any([signal, broken.signal]);
  const sendOne = async ({ key, file, bytes }: DraftInput): Promise<void> => {
    if (!file) throw new Error("The file is no longer at hand. Choose it again.");
    const onSent = (now: number) => {
      // What is told first was there before.
      if (!sent.has(key)) resumedBytes += now;
      // A second try does not take back what the first one has shown.
      sent.set(key, Math.max(now, sent.get(key) ?? 0));
      tell();
    };
    const id = await send(file, onSent, either);
    sent.set(key, bytes);
    ids.set(key, id);
    doneFiles += 1;
    failuresInARow = 0;
    onUploaded(key, id);
    tell();
  };
  const sendQueued = async (): Promise<void> => {
    for (let next = queue.shift(); next && !either.aborted; next = queue.shift()) {
      const { input, tries } = next;
      try {
        await sendOne(input);
      } catch (error) {
        if (either.aborted) return;
        if (stopsAll(error)) return broken.abort(error);
        const later = mayWorkLater(error);
        if (later) failuresInARow += 1;
        if (failuresInARow >= MAX_FAILURES_IN_A_ROW) broken.abort(error);
        else if (later && tries + 1 < MAX_TRIES) queue.push({ input, tries: tries + 1 });
        else unsent.push({ key: input.key, filename: input.filename, cause: error });
      }
    }
  };
  if (totalFiles > 0) tell();
  await Promise.all(Array.from({ length: PARALLEL }, sendQueued));
  either.throwIfAborted();
  if (unsent.length > 0) throw new UnsentError(unsent);
  return ids;
}
