/** Sends a draft: uploads the files that the server does not have yet, then submits the job. */
import { useCallback, useEffect, useRef, useState } from "react";
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import type { Job } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import type { DraftInput } from "./draft.ts";
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
}
interface SubmitCallbacks {
  /** The file of this input is on the server under this id. */
  readonly onUploaded: (key: string, upload: string) => void;
  readonly onCreated: (job: Job) => void;
  /** The server no longer has these files and neither has this page. */
  readonly onInputsGone: (keys: readonly string[]) => void;
}

/** Codes that mean an upload of an earlier job can't be used again. */
const GONE = new Set(["upload_not_found", "gone", "upload_conflict"]);
const isGone = (error: unknown): boolean => error instanceof KilnError && GONE.has(error.code);

/** Whether a file that failed may be sent later: the client has tried each of its requests several times by then. */
const mayWorkLater = (error: unknown): boolean =>
  error instanceof KilnUnreachableError || (error instanceof KilnError && error.problem.retryable);

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

/** The page is told of progress this often at most: hundreds of files tell it all the time. */
const TELL_MS = 200;

/** How the submission stands, and functions that start one, stop it, and clear its failure. */
export function useSubmit({ onUploaded, onCreated, onInputsGone }: SubmitCallbacks) {
  const [submission, setSubmission] = useState<Submission>({ phase: "idle" });
  const running = useRef<AbortController | null>(null);
  // A page that is left sends nothing any more.
  useEffect(() => () => running.current?.abort(), []);

  const send = async ({ type, params, inputs }: SubmitRequest, signal: AbortSignal): Promise<Job> => {
    const clock = new UploadClock();
    let toldAt = Number.NEGATIVE_INFINITY;
    const ids = await uploadInputs(inputs, {
      send: sendFile,
      mayWorkLater,
      onUploaded,
      onProgress: (progress) => {
        const now = performance.now();
        if (now - toldAt < TELL_MS && progress.doneFiles < progress.totalFiles) return;
        toldAt = now;
        setSubmission({
          phase: "uploading",
          progress,
          etaS: clock.tell(now, progress.sentBytes, progress.totalBytes),
        });
      },
      signal,
    });
    setSubmission({ phase: "submitting" });
    const uploads = inputs.map(({ key, role }) => ({ upload: ids.get(key) as string, ...(role ? { role } : {}) }));
    return kiln.createJob({ type, params, inputs: uploads }, { signal });
  };

  const create = async (request: SubmitRequest, signal: AbortSignal): Promise<Job> => {
    try {
      return await send(request, signal);
    } catch (error) {
      // Uploads of an earlier job have gone: those whose files are at hand are sent once more.
      const old = request.inputs.filter(({ upload }) => upload !== null);
      if (!isGone(error) || old.length === 0) throw error;
      const lost = old.filter(({ file }) => file === null).map(({ key }) => key);
      if (lost.length > 0) {
        onInputsGone(lost);
        throw error;
      }
      return send({ ...request, inputs: request.inputs.map((input) => ({ ...input, upload: null })) }, signal);
    }
  };

  const submit = async (request: SubmitRequest): Promise<void> => {
    if (running.current) return;
    const stop = new AbortController();
    running.current = stop;
    try {
      const job = await create(request, stop.signal);
      setSubmission({ phase: "idle" });
      onCreated(job);
    } catch (error) {
      const unsent = error instanceof UnsentError ? error.unsent.map(({ key }) => key) : [];
      setSubmission(stop.signal.aborted ? { phase: "idle" } : { phase: "failed", failure: failureOf(error), unsent });
    } finally {
      running.current = null;
    }
  };
  const clear = useCallback(() => setSubmission((now) => (now.phase === "failed" ? { phase: "idle" } : now)), []);
  const stop = useCallback(() => running.current?.abort(), []);
  return { submission, submit, clear, stop };
}
