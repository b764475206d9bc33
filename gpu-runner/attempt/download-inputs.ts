/** Brings a job's inputs into the workspace, under generated names: from the Worker, or from addresses that users have named. */
import { open } from "node:fs/promises";
import { acceptedTypes, isAccepted, type JobTypeDefinition } from "#contract/job-types/job-type.ts";
import type { FetchedInput, Lease } from "#contract/runner-api.ts";
import { type InputFile, JobFailure } from "../jobs/job.ts";
import type { RunnerApi } from "../runner-api.ts";
import { fetchUrl } from "./fetch-url.ts";
import { inParallel } from "./in-parallel.ts";
import type { AddressRules } from "./public-lookup.ts";
import type { Workspace } from "./workspace.ts";

/** Transfers of one attempt that are under way at once. */
export const TRANSFERS_AT_ONCE = 4;
/** So much of a file tells a web page. */
const HEAD_BYTES = 512;
const WEB_PAGE = /^\uFEFF?\s*<(?:!doctype\s+html|html)\b/i;

export interface InputSources {
  readonly api: Pick<RunnerApi, "download">;
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  readonly type: JobTypeDefinition;
  /** Which addresses may be fetched from. */
  readonly rules: AddressRules;
  /** An input was fetched; `line` says so to people. */
  onFetched(fetched: FetchedInput, line: string): Promise<void>;
}

type LeaseInput = Lease["inputs"][number];

/** Brings the inputs, in their order. Rejects with the first transfer that fails for good. */
export function downloadInputs({ inputs }: Pick<Lease, "inputs">, sources: InputSources): Promise<InputFile[]> {
  const { api, workspace, signal } = sources;
  return inParallel(inputs, TRANSFERS_AT_ONCE, async (input, index) => {
    const path = workspace.inputPath(index);
    const { filename, role } = input;
    let { bytes, contentType } = input;
    if (input.fetch) ({ bytes, contentType } = await fetchInput(input, input.fetch.sha256, index, path, sources));
    else await api.download(input.url, path, bytes, signal);
    await workspace.giveToChildren(path);
    return { path, filename, bytes, contentType, role };
  });
}

async function fetchInput(
  { url, filename, role }: LeaseInput,
  expected: string | null,
  index: number,
  path: string,
  { signal, type, rules, onFetched }: InputSources,
): Promise<{ bytes: number; contentType: string }> {
  const { hostname } = new URL(url);
  const fetched = await fetchUrl(url, path, { maxBytes: type.inputs.maxBytes, signal, rules });
  const { bytes, sha256, contentType } = fetched;
  if (expected !== null && sha256 !== expected) {
    throw new JobFailure(
      "input_changed",
      `The file at ${hostname} (${filename}) has SHA-256 ${sha256}, but this job is about the one with ${expected}. Submit a new job for the new file.`,
    );
  }
  if (!isAccepted(acceptedTypes(type, role), "text/html") && (await isWebPage(path))) {
    throw new JobFailure(
      "input_invalid",
      `What ${hostname} sent as ${filename} is a web page. Use the address of the file itself, as "Copy image address" gives it, or upload the file.`,
    );
  }
  await onFetched({ index, bytes, sha256, contentType }, `Fetched ${filename} from ${hostname}, ${bytes} bytes`);
  return { bytes, contentType };
}

async function isWebPage(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return WEB_PAGE.test(buffer.subarray(0, bytesRead).toString("utf8"));
  } finally {
    await file.close();
  }
}
