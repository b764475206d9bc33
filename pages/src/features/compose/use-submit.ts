/** Sends a draft: uploads the files that the server does not have yet, then submits the job. */
import { useCallback, useEffect, useRef, useState } from "react";
import { KilnError } from "#client/kiln-error.ts";
import type { Job } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import type { DraftInput } from "./draft.ts";
import { InputError, type UploadProgress, uploadInputs } from "./upload-inputs.ts";

export type Submission =
  | { readonly phase: "idle" }
  | { readonly phase: "uploading"; readonly progress: UploadProgress }
  | { readonly phase: "submitting" }
  | { readonly phase: "failed"; readonly failure: Failure };

interface SubmitRequest {
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

/** What went wrong, with the file's name where it was one file. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof InputError)) return toFailure(error);
  const failure = toFailure(error.cause);
  return { ...failure, message: `${error.filename}: ${failure.message}` };
}

/** How the submission stands, and functions that start one, stop it, and clear its failure. */
export function useSubmit({ onUploaded, onCreated, onInputsGone }: SubmitCallbacks) {
  const [submission, setSubmission] = useState<Submission>({ phase: "idle" });
  const running = useRef<AbortController | null>(null);
  // A page that is left sends nothing any more.
  useEffect(() => () => running.current?.abort(), []);

  const send = async ({ type, params, inputs }: SubmitRequest, signal: AbortSignal): Promise<Job> => {
    const ids = await uploadInputs(inputs, {
      send: async (file, onProgress, stop) => (await kiln.upload(file, { onProgress, signal: stop })).id,
      onUploaded,
      onProgress: (progress) => setSubmission({ phase: "uploading", progress }),
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
      setSubmission(stop.signal.aborted ? { phase: "idle" } : { phase: "failed", failure: failureOf(error) });
    } finally {
      running.current = null;
    }
  };
  const clear = useCallback(() => setSubmission((now) => (now.phase === "failed" ? { phase: "idle" } : now)), []);
  const stop = useCallback(() => running.current?.abort(), []);
  return { submission, submit, clear, stop };
}
