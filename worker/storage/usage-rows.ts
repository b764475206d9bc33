/** What D1's table `jobs` knows of an owner's use. The rows are found by `jobs_by_owner`, and no more than a limit is read. */
import { jobStateSchema } from "#contract/job.ts";
import { DAY_MS, type Period, type UsageRow } from "../domain/job-usage.ts";

interface Row {
  day: number;
  type: string;
  state: string;
  jobs: number;
  run_ms: number;
  bytes_in: number;
  bytes_out: number;
  unmeasured: number;
}

/** The query, whose plan a test looks at: owner, first and last moment, how many rows at most. */
export const USAGE_QUERY = `
  SELECT created_at / ${DAY_MS} AS day, type, state, COUNT(*) AS jobs, COALESCE(SUM(run_ms), 0) AS run_ms,
    COALESCE(SUM(bytes_in), 0) AS bytes_in, COALESCE(SUM(bytes_out), 0) AS bytes_out, SUM(run_ms IS NULL) AS unmeasured
  FROM (SELECT created_at, type, state, run_ms, bytes_in, bytes_out FROM jobs
    WHERE owner = ?1 AND created_at >= ?2 AND created_at < ?3 ORDER BY created_at DESC, id DESC LIMIT ?4)
  GROUP BY 1, 2, 3`;

/** The owner's jobs that were submitted on these days, the newest `limit` of them, added up by day, type and state. */
export async function readUsage(
  db: D1Database,
  { owner, period, limit }: { owner: string; period: Period; limit: number },
): Promise<UsageRow[]> {
  const { results } = await db
    .prepare(USAGE_QUERY)
    .bind(owner, period.from * DAY_MS, (period.to + 1) * DAY_MS, limit)
    .all<Row>();
  return results.map(({ day, type, state, jobs, unmeasured, ...used }) => ({
    day,
    type,
    state: jobStateSchema.parse(state),
    jobs,
    unmeasured,
    runMs: used.run_ms,
    bytesIn: used.bytes_in,
    bytesOut: used.bytes_out,
  }));
}
