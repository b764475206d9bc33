/** Follows one batch: reads it and its jobs, then takes in its events as they come. */
import { useCallback, useEffect, useReducer, useState } from "react";
import type { BatchEvent } from "#contract/batch.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { type BatchView, failedJobs, reduceBatch } from "./batch-view.ts";

interface Followed {
  readonly view: BatchView | null;
  readonly failure: Failure | null;
  /** Whether the server can't be reached and is waited for. */
  readonly away: boolean;
}
type Change =
  | { readonly view: BatchView }
  | { readonly event: BatchEvent }
  | { readonly failure: Failure }
  | { readonly away: boolean };

function reduce(now: Followed, change: Change): Followed {
  if ("failure" in change) return { ...now, failure: change.failure, away: false };
  if ("away" in change) return { ...now, away: change.away };
  if ("view" in change) return { view: change.view, failure: null, away: false };
  return now.view ? { ...now, view: reduceBatch(now.view, change.event) } : now;
}

/** The most that the server lists at once, which is the most a batch has. */
const ALL = 1_000;

/** Calls that try jobs again, at the same time. */
const PARALLEL = 6;

/** The batch with its jobs, a failure to follow it, and functions to cancel it, to try what failed again, and to begin anew. */
export function useBatch(id: string, onFinal: () => void) {
  const [followed, change] = useReducer(reduce, { view: null, failure: null, away: false });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` only asks for another round; onFinal must not restart the stream.
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const follow = async () => {
      // The batch first: what changes while its jobs are read is told by an event again.
      const batch = await kiln.batch(id, { signal });
      const { jobs } = await kiln.batchJobs(id, { limit: ALL, signal });
      change({ view: { batch, jobs } });
      if (batch.state === "finished") return;
      const onAway = (away: boolean) => change({ away });
      for await (const event of kiln.batchEvents(id, { after: batch.seq, signal, onAway })) change({ event });
      onFinal();
    };
    follow().catch((error) => {
      if (!signal.aborted) change({ failure: toFailure(error) });
    });
    return () => stop.abort();
  }, [id, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  const cancel = useCallback(async () => {
    try {
      await kiln.cancelBatch(id);
      again();
    } catch (error) {
      change({ failure: toFailure(error) });
    }
  }, [id, again]);
  const jobs = followed.view?.jobs;
  const retry = useCallback(async () => {
    const failed = failedJobs(jobs ?? []).values();
    const retryRest = async () => {
      for (const job of failed) await kiln.retryJob(job.id);
    };
    try {
      await Promise.all(Array.from({ length: PARALLEL }, retryRest));
      again();
    } catch (error) {
      change({ failure: toFailure(error) });
    }
  }, [jobs, again]);
  return { ...followed, cancel, retry, again };
}
