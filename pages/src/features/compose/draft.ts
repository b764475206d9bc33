/** What is being composed for one job type: the form's values and the chosen file. Pure. */
import type { Job } from "#contract/job.ts";
import type { Field } from "../parameters/form-model.ts";
import { type FieldValue, type FormValues, toValues } from "../parameters/form-values.ts";

/** The chosen input: a file of this visit, an upload the server already has, or both. */
export interface DraftInput {
  readonly filename: string;
  readonly bytes: number;
  readonly file: File | null;
  /** Id of the finished upload; jobs that follow use it again. */
  readonly upload: string | null;
  /** A URL of a picture of it, or null. */
  readonly picture: string | null;
}

export interface Draft {
  readonly values: FormValues;
  readonly input: DraftInput | null;
}
/** Drafts by job type; kept while the visitor looks at other pages. */
export type Drafts = Readonly<Record<string, Draft>>;

/** A draft with the job type's defaults. */
export const emptyDraft = (fields: readonly Field[]): Draft => ({ values: toValues(fields), input: null });

export const withValue = (draft: Draft, name: string, value: FieldValue): Draft => ({
  ...draft,
  values: { ...draft.values, [name]: value },
});

/**
 * A draft that repeats a job: its parameters, and its upload. `current` is what was composed before: when it holds the
 * same file, that is kept, because its picture is still at hand.
 */
export function draftFromJob(
  job: Job,
  fields: readonly Field[],
  current: Draft | undefined,
  picture: string | null,
): Draft {
  const values = toValues(fields, job.params);
  const [input] = job.inputs;
  if (!input) return { values, input: null };
  if (current?.input?.upload === input.upload) return { values, input: current.input };
  return { values, input: { filename: input.filename, bytes: input.bytes, file: null, upload: input.upload, picture } };
}
