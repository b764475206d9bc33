/** The jobs of this browser, newest first, with more on request; asked again while one of them is under way. */
import { useCallback, useEffect, useState } from "react";
import { FINAL_STATES } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { mergeJobs, type RecentJob } from "./merge-jobs.ts";

const PAGE = 12;
/** Of the jobs of a batch many share a place. */
const BATCH_PAGE = 60;
const POLL_MS = 5_000;

/** `version` changes whenever the list should be read again at once; `hasBatches`: many jobs are shown as one. */
export function useRecentJobs(version: number, hasBatches: boolean) {
  const limit = hasBatches ? BATCH_PAGE : PAGE;
  const [jobs, setJobs] = useState<readonly RecentJob[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const read = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const page = await kiln.jobs({ limit, signal });
        setJobs((now) => mergeJobs(page.jobs, now ?? []));
        setCursor((now) => now ?? page.cursor);
        setFailure(null);
      } catch (error) {
        if (!signal?.aborted) setFailure(toFailure(error));
      }
    },
    [limit],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is a request to read again.
  useEffect(() => {
    const stop = new AbortController();
    void read(stop.signal);
    return () => stop.abort();
  }, [version, read]);
  const busy = jobs?.some((job) => !FINAL_STATES.has(job.state)) ?? false;
  useEffect(() => {
    if (!busy) return;
    const stop = new AbortController();
    const timer = setInterval(() => {
      if (!document.hidden) void read(stop.signal);
    }, POLL_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [busy, read]);
  const more = async () => {
    if (cursor === null) return;
    try {
      const page = await kiln.jobs({ limit, cursor });
      setJobs((now) => mergeJobs(now ?? [], page.jobs));
      setCursor(page.cursor);
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  return { jobs, failure, more: cursor === null ? null : more };
}
