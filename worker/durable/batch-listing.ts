/** The row of a batch in D1, written and deleted. What fails is told, not thrown: nothing else of a batch waits for its list. */
import type { BatchRecord } from "../domain/batch-record.ts";
import type { Env } from "../env.ts";
import { deleteBatchRow, upsertBatchRow } from "../storage/batches-table.ts";

/** Writes the row. Tells whether D1 has it. */
export async function listBatch(env: Env, record: BatchRecord): Promise<boolean> {
  return attempt(record.id, () => upsertBatchRow(env.DB, record, Date.now()));
}

/** Deletes the row. Tells whether it is gone. */
export async function unlistBatch(env: Env, id: string): Promise<boolean> {
  return attempt(id, () => deleteBatchRow(env.DB, id));
}

async function attempt(batchId: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    console.error("a batch's row could not be written or deleted, will be repeated", { batchId, error: String(error) });
    return false;
  }
}
