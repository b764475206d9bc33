/** Brings a job's inputs into the workspace, under generated names. */
import type { Lease } from "#contract/runner-api.ts";
import type { InputFile } from "../jobs/job.ts";
import type { RunnerApi } from "../runner-api.ts";
import { inParallel } from "./in-parallel.ts";
import type { Workspace } from "./workspace.ts";

/** Transfers of one attempt that are under way at once. */
export const TRANSFERS_AT_ONCE = 4;

/** Downloads the inputs, in their order. Rejects with the first transfer that fails for good. */
export function downloadInputs(
  { inputs }: Pick<Lease, "inputs">,
  api: Pick<RunnerApi, "download">,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<InputFile[]> {
  return inParallel(inputs, TRANSFERS_AT_ONCE, async ({ url, filename, bytes, contentType, role }, index) => {
    const path = workspace.inputPath(index);
    await api.download(url, path, bytes, signal);
    await workspace.giveToChildren(path);
    return { path, filename, bytes, contentType, role };
  });
}
