/** Why a queued job does not start: after a moment the server is asked whether a runner is there at all. */
import { useEffect, useState } from "react";
import type { Job } from "#contract/job.ts";
import { kiln } from "../../api/kiln.ts";

/** A job with a free runner starts within this time. */
const PATIENCE_MS = 4_000;

/** A sentence for the visitor, or null while nothing is known or the job is not queued. */
export function useQueueNote(job: Job, queued: boolean): string | null {
  const [note, setNote] = useState<string | null>(null);
  useEffect(() => {
    if (!queued) return setNote(null);
    const stop = new AbortController();
    const ask = async () => {
      const { runners } = await kiln.health({ signal: stop.signal });
      const able = runners.some((runner) => runner.pool === job.pool && runner.jobTypes.includes(job.type));
      setNote(
        able
          ? "All runners are busy. Yours starts when one is free."
          : "No runner is connected. The job starts as soon as one is.",
      );
    };
    // The note is a courtesy: without it the job still waits.
    const timer = setTimeout(() => ask().catch(() => undefined), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [queued, job.pool, job.type]);
  return note;
}
