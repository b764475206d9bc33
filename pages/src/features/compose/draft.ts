/** What is being composed for one job type: the form's values and the chosen files. Pure. */
import type { Job } from "#contract/job.ts";
import { type RequestedInput, sameInput } from "#contract/public-api.ts";
import type { Field } from "../parameters/form-model.ts";
import { type FieldValue, type FormValues, toValues } from "../parameters/form-values.ts";

/** A file of another job, which need not be there yet; without a name it is the first of its main ones that fits. */
export interface JobFile {
  readonly job: string;
  readonly artifact: string | null;
}

/** A chosen input: a file of this visit, an upload the server already has, or both; or a file of another job. */
export interface DraftInput {
  /** Tells the inputs of all drafts apart, also two of the same file. */
  readonly key: string;
  /** A file with a part of its own, e.g. the picture put behind a subject; null for one that is worked on. */
  readonly role: string | null;
  readonly filename: string;
  readonly bytes: number;
  /** Media type. */
  readonly type: string;
  readonly file: File | null;
  /** Id of the finished upload; jobs that follow use it again. */
  readonly upload: string | null;
  /** The job that makes it; then it is never sent. */
  readonly from: JobFile | null;
  /** Where the runner fetches it; then it is never sent either. */
  readonly url: string | null;
  /** URL of a picture of it, where there is no file; or null. */
  readonly picture: string | null;
}

export interface Draft {
  readonly values: FormValues;
  /** In the order in which they are sent. */
  readonly inputs: readonly DraftInput[];
  /** Parameters of an earlier job that the form does not show and its repetition keeps. */
  readonly carried: Readonly<Record<string, unknown>>;
  /** The job that this draft repeats: with the same inputs it becomes another version of it. */
  readonly repeats: Repeated | null;
}
/** What must be known of a job to make another version of it. */
export type Repeated = Pick<Job, "id" | "params"> & { readonly inputs: readonly RequestedInput[] };
/** Drafts by job type; kept while the visitor looks at other pages. */
export type Drafts = Readonly<Record<string, Draft>>;

let made = 0;
const nextKey = (): string => `input-${++made}`;

/** An input of a file that was just chosen. `type` is what its content says it is. */
export const inputOfFile = (file: File, type: string, role: string | null = null): DraftInput => ({
  key: nextKey(),
  role,
  filename: file.name,
  bytes: file.size,
  type,
  file,
  upload: null,
  from: null,
  url: null,
  picture: null,
});

/** An input that the runner fetches from an https address. */
export const inputOfUrl = (url: string, filename: string, type: string, role: string | null = null): DraftInput => ({
  key: nextKey(),
  role,
  filename,
  bytes: 0,
  type,
  file: null,
  upload: null,
  from: null,
  url,
  picture: null,
});

/** An input that is a file of another job. `picture` shows it, where it is there and a browser can. */
export const inputOfJob = (
  from: JobFile,
  { filename, bytes, type, picture }: Pick<DraftInput, "filename" | "bytes" | "type" | "picture">,
): DraftInput => ({
  key: nextKey(),
  role: null,
  filename,
  bytes,
  type,
  file: null,
  upload: null,
  from,
  url: null,
  picture,
});

/** The input as a job names it. `uploads`: ids of the uploads by the input's key. */
export function toRequested(
  { key, role, from, url }: DraftInput,
  uploads: ReadonlyMap<string, string>,
): RequestedInput {
  const part = role === null ? {} : { role };
  if (url !== null) return { url, ...part };
  if (from === null) return { upload: uploads.get(key) as string, ...part };
  return { job: from.job, ...(from.artifact === null ? {} : { artifact: from.artifact }), ...part };
}

/** What a version of a job must be given so that its parameters are `wanted`: null takes one back to its default. */
export function changedParams(earlier: Job["params"], wanted: Job["params"]): Record<string, unknown> {
  const dropped = Object.keys(earlier).filter((name) => !(name in wanted));
  return { ...wanted, ...Object.fromEntries(dropped.map((name) => [name, null])) };
}

/** A draft with the job type's defaults. */
export const emptyDraft = (fields: readonly Field[]): Draft => ({
  values: toValues(fields),
  inputs: [],
  carried: {},
  repeats: null,
});

export const withValue = (draft: Draft, name: string, value: FieldValue): Draft => ({
  ...draft,
  values: { ...draft.values, [name]: value },
});

/** The files that are worked on. */
export const workedOn = (inputs: readonly DraftInput[]): DraftInput[] => inputs.filter(({ role }) => role === null);

/** The file with this part, or null. */
export const inRole = (inputs: readonly DraftInput[], role: string): DraftInput | null =>
  inputs.find((input) => input.role === role) ?? null;

/** The draft with other files to work on; files with a part of their own stay. */
export const withWorkedOn = (draft: Draft, inputs: readonly DraftInput[]): Draft => ({
  ...draft,
  inputs: [...inputs, ...draft.inputs.filter(({ role }) => role !== null)],
});

/** The draft with another file in this part, or none. */
export const withRole = (draft: Draft, role: string, input: DraftInput | null): Draft => ({
  ...draft,
  inputs: [...draft.inputs.filter((known) => known.role !== role), ...(input ? [{ ...input, role }] : [])],
});

/** The draft with one input changed; without it when `change` answers null. */
export const withInput = (draft: Draft, key: string, change: (input: DraftInput) => DraftInput | null): Draft => ({
  ...draft,
  inputs: draft.inputs.flatMap((input) => {
    const changed = input.key === key ? change(input) : input;
    return changed ? [changed] : [];
  }),
});

/** The list with the input at `from` moved to `to`; places outside the list are its ends. */
export function moveInput(inputs: readonly DraftInput[], from: number, to: number): DraftInput[] {
  const moved = inputs[from];
  if (!moved) return [...inputs];
  const rest = inputs.toSpliced(from, 1);
  return rest.toSpliced(Math.min(Math.max(to, 0), rest.length), 0, moved);
}

/**
 * A draft that repeats a job: its parameters, and its inputs; of one whose files have gone, only inputs that are at hand. `current` is what was composed before: files that it holds
 * too are kept, because their contents are still at hand. `pictureOf` gives a picture of the job's input number `index`
 * (of those that are worked on), or null; `carry` names parameters to keep though the form has no fields for them.
 */
export function draftFromJob(
  job: Job,
  fields: readonly Field[],
  current: Draft | undefined,
  pictureOf: (index: number) => string | null,
  carry: readonly string[] = [],
): Draft {
  const atHand = new Map(current?.inputs.flatMap((input) => (input.upload ? [[input.upload, input] as const] : [])));
  let index = 0;
  const gone = job.purgedAt !== null;
  const inputs = job.inputs.flatMap(
    ({ upload, job: maker, artifact, url = null, filename, bytes, contentType, role }): DraftInput[] => {
      const picture = role === null ? pictureOf(index++) : null;
      const known = upload === null ? undefined : atHand.get(upload);
      if (known) return [{ ...known, role }];
      if (gone) return [];
      const from = maker === null ? null : { job: maker, artifact };
      return [{ key: nextKey(), role, filename, bytes, type: contentType, file: null, upload, from, url, picture }];
    },
  );
  const carried = Object.fromEntries(carry.flatMap((name) => (name in job.params ? [[name, job.params[name]]] : [])));
  const repeats = gone ? null : { id: job.id, params: job.params, inputs: job.inputs.map(sameInput) };
  return { values: toValues(fields, job.params), inputs, carried, repeats };
}
