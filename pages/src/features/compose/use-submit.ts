/** Sends a draft: uploads the files that the server does not have yet, then submits the job, or one for each file. */
import { useCallback, useEffect, useRef, useState } from "react";
import { batchKeys } from "#client/batch-keys.ts";
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import type { Batch } from "#contract/batch.ts";
import type { Job } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { tabStore } from "../../api/storage.ts";
import { noteSending, noteSent } from "./broken-off.ts";
import { changedParams, type DraftInput, type Repeated, toRequested, workedOn } from "./draft.ts";
import { UploadClock } from "./upload-eta.ts";
import { UnsentError, type UnsentInput, type UploadProgress, uploadInputs } from "./upload-inputs.ts";

export type Submission =
  | { readonly phase: "idle" }
  /** `etaS`: seconds left, or null while that is not known. */
  | { readonly phase: "uploading"; readonly progress: UploadProgress; readonly etaS: number | null }
  | { readonly phase: "submitting" }
  /** `unsent`: keys of files that could not be sent, where that is what failed. */
  | { readonly phase: "failed"; readonly failure: Failure; readonly unsent: readonly string[] };

export interface SubmitRequest {
  readonly type: string;
  readonly params: Record<string, unknown>;
  readonly inputs: readonly DraftInput[];
  /** A job of which this becomes another version, where the inputs are the same. */
  readonly repeats: Repeated | null;
  /** A job for each file that is worked on, as one batch. */
  readonly separately: boolean;
}
interface SubmitCallbacks {
  /** The file of this input is on the server under this id. */
  readonly onUploaded: (key: string, upload: string) => void;
  readonly onCreated: (job: Job) => void;
  /** `filenames`: of what the jobs are made, in their order. */
  readonly onBatch: (batch: Batch, filenames: readonly string[]) => void;
  /** The server no longer has these files and neither has this page. */
  readonly onInputsGone: (keys: readonly string[]) => void;
}

/** Codes that mean an upload of an earlier job can't be used again. */
const GONE = new Set(["upload_not_found", "gone", "upload_conflict", "job_not_found", "artifact_not_found"]);
const isGone = (error: unknown): boolean => error instanceof KilnError && GONE.has(error.code);

/** Whether a file that failed may be sent later: the client has tried each of its requests several times by then. */
const mayWorkLater = (error: unknown): boolean =>
  error instanceof KilnUnreachableError || (error instanceof KilnError && error.problem.retryable);

/** Whether no other file would fare better: the limit is that of all of them. */
const stopsAll = (error: unknown): boolean => error instanceof KilnError && error.code === "rate_limited";

/** More files than this are counted, not named. */
const MAX_NAMED = 5;

/** What went wrong, with the names of files where it was they. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof UnsentError)) return toFailure(error);
  const { unsent } = error;
  const reasons = unsent.slice(0, MAX_NAMED).map(({ filename, cause }) => `${filename}: ${toFailure(cause).message}`);
  const more = unsent.length - reasons.length;
  return {
    ...toFailure((unsent[0] as UnsentInput).cause),
    title: unsent.length === 1 ? "A file could not be sent" : `${unsent.length} files could not be sent`,
    message: [...reasons, ...(more > 0 ? [`And ${more} more.`] : [])].join("\n"),
  };
}

/** Sends one file. A file that has been moved or changed since it was chosen is told apart from a broken line. */
async function sendFile(file: File, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error("The file can't be read any more. It may have been moved or changed; choose it again.");
  }
  return (await kiln.upload(file, { onProgress, signal })).id;
}

const isBatch = (made: Job | Batch): made is Batch => "counts" in made;

type Uploads = ReadonlyMap<string, string>;

/** One job of all inputs: another version of the one that it repeats, or a new one. */
function submitJob(
  { type, params, inputs, repeats }: SubmitRequest,
  uploads: Uploads,
  signal: AbortSignal,
): Promise<Job> {
  const requested = inputs.map((input) => toRequested(input, uploads));
  if (repeats && JSON.stringify(requested) === JSON.stringify(repeats.inputs)) {
    return kiln.rerunJob(repeats.id, { params: changedParams(repeats.params, params) }, { signal });
  }
  return kiln.createJob({ type, params, inputs: requested }, { signal });
}

/** A job for each file that is worked on; files with a part of their own go into every one. */
function submitBatch({ type, params, inputs }: SubmitRequest, uploads: Uploads, signal: AbortSignal): Promise<Batch> {
  const files = workedOn(inputs);
  const keys = batchKeys(files.map(({ filename }) => filename));
  const beside = inputs.filter(({ role }) => role !== null).map((input) => toRequested(input, uploads));
  const jobs = files.map((file, i) => ({
    key: keys[i] as string,
    type,
    params,
    inputs: [toRequested(file, uploads), ...beside],
  }));
  return kiln.createBatch({ jobs }, { signal });
}

/** The page is told of progress this often at most: hundreds of files tell it all the time. */
const TELL_MS = 200;

/** How the submission stands, and functions that start one, stop it, and clear its failure. */
export function useSubmit({ onUploaded, onCreated, onBatch, onInputsGone }: SubmitCallbacks) {
  const [submission, setSubmission] = useState<Submission>({ phase: "idle" });
  const running = useRef<AbortController | null>(null);
  // A page that is left sends nothing any more.
  useEffect(() => () => running.current?.abort(), []);
  const uploading = submission.phase === "uploading";
  // A window that is closed or loaded anew would break off what is being sent: the browser asks first.
  useEffect(() => {
    if (!uploading) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [uploading]);

  const send = async (request: SubmitRequest, signal: AbortSignal): Promise<Job | Batch> => {
    const { inputs } = request;
    const clock = new UploadClock();
    let toldAt = Number.NEGATIVE_INFINITY;
    const ids = await uploadInputs(inputs, {
      send: sendFile,
      mayWorkLater,
      stopsAll,
      onUploaded,
      onProgress: (progress) => {
        const now = performance.now();
        if (now - toldAt < TELL_MS && progress.doneFiles < progress.totalFiles) return;
        toldAt = now;
        setSubmission({
          phase: "uploading",
          progress,
          // What was there before says nothing of how fast the line is.
          etaS: clock.tell(
            now,
            progress.sentBytes - progress.resumedBytes,
            progress.totalBytes - progress.resumedBytes,
          ),
        });
      },
      signal,
    });
    setSubmission({ phase: "submitting" });
    return request.separately ? submitBatch(request, ids, signal) : submitJob(request, ids, signal);
  };

  const create = async (request: SubmitRequest, signal: AbortSignal): Promise<Job | Batch> => {
    try {
      return await send(request, signal);
    } catch (error) {
      // Files of earlier jobs have gone: those that are at hand are sent once more.
      const old = request.inputs.filter(({ upload, from }) => upload !== null || from !== null);
      if (!isGone(error) || (old.length === 0 && request.repeats === null)) throw error;
      const lost = old.filter(({ file }) => file === null).map(({ key }) => key);
      if (lost.length > 0) {
        onInputsGone(lost);
        throw error;
      }
      const inputs = request.inputs.map((input) => ({ ...input, upload: null }));
      return send({ ...request, inputs, repeats: null }, signal);
    }
  };

  const submit = async (request: SubmitRequest): Promise<void> => {
    if (running.current) return;
    const stop = new AbortController();
    running.current = stop;
    const files = request.inputs.filter(({ upload, from, url }) => upload === null && from === null && url === null);
    if (files.length > 0) noteSending(tabStore(), request.type, files.length);
    try {
      const made = await create(request, stop.signal);
      setSubmission({ phase: "idle" });
      if (isBatch(made))
        onBatch(
          made,
          workedOn(request.inputs).map(({ filename }) => filename),
        );
      else onCreated(made);
    } catch (error) {
      const unsent = error instanceof UnsentError ? error.unsent.map(({ key }) => key) : [];
      setSubmission(stop.signal.aborted ? { phase: "idle" } : { phase: "failed", failure: failureOf(error), unsent });
    } finally {
      running.current = null;
      noteSent(tabStore());
    }
  };
  const clear = useCallback(() => setSubmission((now) => (now.phase === "failed" ? { phase: "idle" } : now)), []);
  const stop = useCallback(() => running.current?.abort(), []);
  return { submission, submit, clear, stop };
}
