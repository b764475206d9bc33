/**
 * `POST /v1/jobs/retry` and `POST /v1/jobs/cancel`: all of an owner's dead letters tried again, all of its queued jobs
 * cancelled. Page by page, newest first: the list says which jobs may be meant, each job's own object decides.
 */
import type { Context } from "hono";
import type { JobState } from "#contract/job.ts";
import type { BulkCancelRequest, BulkResult, BulkRetryRequest } from "#contract/public-api.ts";
import { inBatches } from "../durable/in-batches.ts";
import type { Outcome } from "../durable/job.do.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { chargeJobs, settleJobs } from "../middleware/quota.ts";
import { listJobRows } from "../storage/jobs-table.ts";
import { pageOf } from "./list-page.ts";

/** Calls to job objects that are under way at once. */
const PARALLEL = 20;

/** Tries a page of the owner's jobs that ended in `state` again. */
export async function retryAll(c: Context<AppContext>, { state, ...page }: BulkRetryRequest): Promise<BulkResult> {
  const listed = await listPage(c, state, page);
  if (listed.ids.length === 0) return changeAll(listed, retry);
  const bill = { id: `bulk-${c.get("requestId")}`, cost: listed.ids.length };
  return chargeJobs(c, bill, async () => {
    const result = await changeAll(listed, retry);
    if (result.skipped > 0) await settleJobs(c, { ...bill, cost: result.changed });
    return result;
  });

  function retry(id: string): Promise<Outcome<unknown>> {
    return callJob(c.env, id, (stub) => stub.retryIfFinal());
  }
}

/** Cancels a page of the owner's queued jobs. One that a runner has meanwhile begun goes on. */
export async function cancelAll(c: Context<AppContext>, page: BulkCancelRequest): Promise<BulkResult> {
  const listed = await listPage(c, "queued", page);
  return changeAll(listed, (id) => callJob(c.env, id, (stub) => stub.cancelIfQueued()));
}

interface ListedPage {
  readonly ids: readonly string[];
  /** Where the next page begins, or null. */
  readonly cursor: string | null;
}

async function listPage(
  c: Context<AppContext>,
  state: JobState,
  wanted: { limit: number; cursor?: string | undefined },
): Promise<ListedPage> {
  const owner = c.get("owner");
  if (owner === "anon")
    throw new AppError(
      "unauthorized",
      "Send an API key or a Kiln-Session header, so that it is known whose jobs are meant.",
    );
  const { rows, cursor } = await pageOf("job", wanted, (place) => listJobRows(c.env.DB, owner, { ...place, state }));
  return { ids: rows.map(({ id }) => id), cursor };
}

async function changeAll(
  { ids, cursor }: ListedPage,
  change: (id: string) => Promise<Outcome<unknown>>,
): Promise<BulkResult> {
  const outcomes = await inBatches(ids, change, PARALLEL);
  const changed = outcomes.filter(({ ok }) => ok).length;
  return { changed, skipped: ids.length - changed, cursor };
}
