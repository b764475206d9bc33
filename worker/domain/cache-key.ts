/**
 * When two jobs are equal, so that one may take the other's result: the same type in the same version, the same parameters,
 * and the same inputs by content, name, role and order. Names count because results hold them (names of files in a zip,
 * messages, the order of frames): whoever is given a result learns nothing from it that its own job would not have told.
 */
import { sha256Hex } from "./content-hash.ts";
import type { RecordInput } from "./job-record.ts";

/** What a job's result depends on. `params` are those with the schema's defaults filled in. */
export interface CacheSubject {
  readonly type: string;
  readonly typeVersion: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Pick<RecordInput, "filename" | "role" | "content">[];
}

/** The key of a job's result, 64 hex digits; null while the content of an input is not known. */
export async function cacheKey({ type, typeVersion, params, inputs }: CacheSubject): Promise<string | null> {
  const contents = inputs.map(({ content }) => content?.hash);
  if (contents.includes(undefined)) return null;
  const named = inputs.map(({ filename, role }, index) => ({ content: contents[index], filename, role }));
  return sha256Hex(canonicalJson({ type, typeVersion, params, inputs: named }));
}

/** JSON with the keys of every object in order, so that equal values make equal texts. Takes JSON values only. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
