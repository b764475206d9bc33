/** Follows one job: reads it, takes in its events as they come, and reads it again when it ends. */
import { useCallback, useEffect, useReducer, useState } from "react";
import { FINAL_STATES, type Job, type JobEvent } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { type JobView, reduceEvent, startView } from "./job-view.ts";

interface Followed {
  readonly job: Job | null;
  readonly view: JobView | null;
  readonly failure: Failure | null;
  /** Whether the server can't be reached and is waited for. */
  readonly away: boolean;
}
type Change =
  | { readonly job: Job }
  | { readonly event: JobEvent }
  | { readonly failure: Failure }
  | { readonly away: boolean }
  | "reset";

const NOTHING: Followed = { job: null, view: null, failure: null, away: false };

function reduce(now: Followed, change: Change): Followed {
  if (change === "reset") return NOTHING;
  if ("failure" in change) return { ...now, failure: change.failure, away: false };
  if ("away" in change) return { ...now, away: change.away };
  if ("event" in change) {
    return now.job && now.view
      ? { ...now, view: reduceEvent(now.view, change.event, FINAL_STATES.has(now.job.state)) }
      : now;
  }
  const fresh = startView(change.job);
  const view = now.view
    ? {
        ...fresh,
        progress: change.job.progress ?? now.view.progress,
        logs: now.view.logs,
        written: now.view.written,
        seq: now.view.seq,
      }
    : fresh;
  return { job: change.job, view, failure: null, away: false };
}

/** The job, what the page shows of it, a failure to follow it, and functions to cancel it and to begin anew. */
export function useJob(id: string, onFinal: () => void) {
  const [followed, change] = useReducer(reduce, NOTHING);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` only asks for another round; onFinal must not restart the stream.
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const follow = async () => {
      const job = await kiln.job(id, { signal });
      change({ job });
      const onAway = (away: boolean) => change({ away });
      for await (const event of kiln.events(id, { signal, onAway })) change({ event });
      if (FINAL_STATES.has(job.state)) return;
      change({ job: await kiln.job(id, { signal }) });
      onFinal();
    };
    change("reset");
    follow().catch((error) => {
      if (!signal.aborted) change({ failure: toFailure(error) });
    });
    return () => stop.abort();
  }, [id, round]);
  const cancel = useCallback(async () => {
    try {
      const job = await kiln.cancel(id);
      if (FINAL_STATES.has(job.state)) change({ job });
    } catch (error) {
      change({ failure: toFailure(error) });
    }
  }, [id]);
  /** The job as an answer has just told. */
  const put = useCallback((job: Job) => change({ job }), []);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { ...followed, cancel, put, again };
}
