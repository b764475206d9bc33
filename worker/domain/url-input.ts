/**
 * Inputs that a job's runner fetches from a URL. What is behind a URL may change: a job works on what its first attempt found.
 * That one's hash is kept with the input, and whatever a later attempt, or a rerun, finds must have it too.
 */
import { MAX_FILENAME_BYTES } from "#contract/limits.ts";
import type { RequestedUrl } from "#contract/public-api.ts";
import type { FetchedInput } from "#contract/runner-api.ts";
import { contentOfFile } from "./content-hash.ts";
import { extendLease } from "./job-lease.ts";
import type { Change, JobRecord, RecordInput } from "./job-record.ts";

/** An input that is still to be fetched. */
export function urlInput({ url, filename, sha256, role }: RequestedUrl): RecordInput {
  return {
    upload: null,
    job: null,
    artifact: null,
    url,
    ...(sha256 === undefined ? {} : { sha256 }),
    filename: filename ?? filenameOf(url),
    bytes: 0,
    contentType: "application/octet-stream",
    role: role ?? null,
  };
}

/** What the last part of the URL's path calls the file; `file` when it has no name. Only ever shown. */
export function filenameOf(url: string): string {
  const last = URL.parse(url)?.pathname.split("/").at(-1) ?? "";
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // As it stands, then.
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must go.
  const clean = name.replace(/[\u0000-\u001f\u007f/\\]+/g, "_").trim();
  const encoder = new TextEncoder();
  let cut = clean;
  while (encoder.encode(cut).length > MAX_FILENAME_BYTES) cut = cut.slice(0, -1);
  return cut === "" ? "file" : cut;
}

/**
 * The runner has fetched an input; a heartbeat, too. Refused when another file is known to belong there: `input_changed`, or
 * when there is nothing to fetch: `input_unknown`. Again is a no-op.
 */
export function noteFetched(record: JobRecord, leaseId: string, fetched: FetchedInput, now: number): Change {
  const extended = extendLease(record, leaseId, now);
  if (!extended.ok) return extended;
  const { index, bytes, sha256, contentType } = fetched;
  const input = record.inputs[index];
  if (input?.url === undefined) return { ok: false, reason: "input_unknown" };
  if (input.sha256 !== undefined && input.sha256 !== sha256) return { ok: false, reason: "input_changed" };
  if (input.content) return extended;
  const content = { hash: contentOfFile(sha256), version: null };
  const inputs = record.inputs.with(index, { ...input, bytes, contentType, sha256, content });
  return { ok: true, record: { ...extended.record, inputs }, events: [] };
}

/** Pools know jobs that need a runner which fetches URLs as a type of their own: older runners can't, and never get them. */
const FETCHING = "+url";

/** What a job of this type and with these inputs is to its pool. */
export function lineOf(type: string, inputs: readonly Pick<RecordInput, "url">[]): string {
  return inputs.some(({ url }) => url !== undefined) ? `${type}${FETCHING}` : type;
}

/** What a runner of these types may be given by its pool. */
export function linesFor(jobTypes: readonly string[], fetchesUrls: boolean): readonly string[] {
  return fetchesUrls ? jobTypes.flatMap((type) => [type, `${type}${FETCHING}`]) : jobTypes;
}
