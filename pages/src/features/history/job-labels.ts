/** What a job is called: its file or its text. Lists don't carry that, so this browser keeps the names of its jobs. */
import { z } from "zod";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";

const KEY = "kiln.labels";
const MAX_LABELS = 500;
const MAX_LABEL_CHARS = 80;
/** Id, name, and what the job is for where that is not its type's usual purpose. */
const labelSchema = z.union([z.tuple([z.string(), z.string()]), z.tuple([z.string(), z.string(), z.literal("look")])]);
const labelsSchema = z.array(labelSchema).catch([]);

type Store = Pick<Storage, "getItem" | "setItem">;

export interface JobLabel {
  readonly title: string;
  /** "look": the job only looks at photos. */
  readonly purpose: "look" | undefined;
}

/** Labels by job id, newest last. A damaged entry counts as empty. */
export function readLabels(store: Store | null): ReadonlyMap<string, JobLabel> {
  return new Map(readEntries(store).map(([id, title, purpose]) => [id, { title, purpose }]));
}

function readEntries(store: Store | null): z.infer<typeof labelsSchema> {
  try {
    return labelsSchema.parse(JSON.parse(store?.getItem(KEY) ?? "[]"));
  } catch {
    return [];
  }
}

/** Keeps the name of a job; the oldest are forgotten. */
export function keepLabel(store: Store | null, id: string, title: string, purpose?: JobLabel["purpose"]): void {
  const labels = readEntries(store).filter(([known]) => known !== id);
  const short = title.slice(0, MAX_LABEL_CHARS);
  labels.push(purpose ? [id, short, purpose] : [id, short]);
  store?.setItem(KEY, JSON.stringify(labels.slice(-MAX_LABELS)));
}

/**
 * A job's name: the text it makes, the files it was made of, or its type's title. What is made of another job's result is
 * called as that job is, where `labels` knows it.
 */
export function jobTitle(
  job: Pick<Job, "type" | "params" | "inputs">,
  type: JobTypeInfo | undefined,
  labels: ReadonlyMap<string, JobLabel> = new Map(),
): string {
  const { text } = job.params;
  if (typeof text === "string" && text.trim() !== "") return text.replaceAll(/\s+/g, " ").trim();
  const [first, ...more] = job.inputs.filter(({ role }) => role === null);
  if (!first) return type?.title ?? job.type;
  const source = first.job === null ? undefined : labels.get(first.job)?.title;
  // A file that is still to be made has no name yet.
  const pending = first.job !== null && first.bytes === 0;
  const name = source ?? (pending ? (type?.title ?? job.type) : first.filename);
  return more.length > 0 ? `${name} and ${more.length} more` : name;
}
