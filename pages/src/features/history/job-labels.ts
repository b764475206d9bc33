/** What a job is called: its file or its text. Lists don't carry that, so this browser keeps the names of its jobs. */
import { z } from "zod";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";

const KEY = "kiln.labels";
const MAX_LABELS = 200;
const MAX_LABEL_CHARS = 80;
const labelsSchema = z.array(z.tuple([z.string(), z.string()])).catch([]);

type Store = Pick<Storage, "getItem" | "setItem">;

/** Names by job id, newest last. A damaged entry counts as empty. */
export function readLabels(store: Store | null): ReadonlyMap<string, string> {
  try {
    return new Map(labelsSchema.parse(JSON.parse(store?.getItem(KEY) ?? "[]")));
  } catch {
    return new Map();
  }
}

/** Keeps the name of a job; the oldest are forgotten. */
export function keepLabel(store: Store | null, id: string, label: string): void {
  const labels = [...readLabels(store)].filter(([known]) => known !== id);
  labels.push([id, label.slice(0, MAX_LABEL_CHARS)]);
  store?.setItem(KEY, JSON.stringify(labels.slice(-MAX_LABELS)));
}

/** A job's name: the text it makes, the files it was made of, or its type's title. */
export function jobTitle(job: Pick<Job, "type" | "params" | "inputs">, type: JobTypeInfo | undefined): string {
  const { text } = job.params;
  if (typeof text === "string" && text.trim() !== "") return text.replaceAll(/\s+/g, " ").trim();
  const [first, ...more] = job.inputs.filter(({ role }) => role === null);
  if (!first) return type?.title ?? job.type;
  return more.length > 0 ? `${first.filename} and ${more.length} more` : first.filename;
}
