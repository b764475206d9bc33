/** Sends a draft: uploads the file unless the server has it already, then submits the job. */
import { useCallback, useRef, useState } from "react";
import { KilnError } from "#client/kiln-error.ts";
import type { Job } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import type { DraftInput } from "./draft.ts";

export type Submission =
  | { readonly phase: "idle" }
  | { readonly phase: "uploading"; readonly percent: number }
  | { readonly phase: "submitting" }
  | { readonly phase: "failed"; readonly failure: Failure };

interface SubmitRequest {
  readonly type: string;
  readonly params: Record<string, unknown>;
  readonly input: DraftInput | null;
}
interface SubmitCallbacks {
  /** The file is on the server under this id. */
  readonly onUploaded: (upload: string) => void;
  readonly onCreated: (job: Job) => void;
  /** The server no longer has the file and neither has this page. */
  readonly onInputGone: () => void;
}

/** Codes that mean an upload of an earlier job can't be used again. */
const GONE = new Set(["upload_not_found", "gone", "upload_conflict"]);
const isGone = (error: unknown): boolean => error instanceof KilnError && GONE.has(error.code);

/** How the submission stands, a function that starts one, and one that clears its failure. */
export function useSubmit({ onUploaded, onCreated, onInputGone }: SubmitCallbacks) {
  const [submission, setSubmission] = useState<Submission>({ phase: "idle" });
  const busy = useRef(false);

  const upload = async (file: File): Promise<string> => {
    setSubmission({ phase: "uploading", percent: 0 });
    const onProgress = (sent: number, total: number) =>
      setSubmission({ phase: "uploading", percent: Math.round((sent / total) * 100) });
    const { id } = await kiln.upload(file, { onProgress });
    onUploaded(id);
    return id;
  };

  const create = async ({ type, params, input }: SubmitRequest): Promise<Job> => {
    const send = (uploads: string[]) => {
      setSubmission({ phase: "submitting" });
      return kiln.createJob({ type, params, inputs: uploads.map((id) => ({ upload: id })) });
    };
    if (!input) return send([]);
    if (!input.upload) return send([await upload(input.file as File)]);
    try {
      return await send([input.upload]);
    } catch (error) {
      if (!isGone(error)) throw error;
      if (input.file) return send([await upload(input.file)]);
      onInputGone();
      throw error;
    }
  };

  const submit = async (request: SubmitRequest): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    try {
      const job = await create(request);
      setSubmission({ phase: "idle" });
      onCreated(job);
    } catch (error) {
      setSubmission({ phase: "failed", failure: toFailure(error) });
    } finally {
      busy.current = false;
    }
  };
  const clear = useCallback(() => setSubmission({ phase: "idle" }), []);
  return { submission, submit, clear };
}
