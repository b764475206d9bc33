/** Why a queued job does not start: its place in line is asked for while it waits, and whether a runner is there at all. */
import { useEffect, useState } from "react";
import type { Job } from "#contract/job.ts";
import { kiln } from "../../api/kiln.ts";
import { queueWords } from "./queue-words.ts";

/** A job with a free runner starts within this time. */
const PATIENCE_MS = 2_000;
const POLL_MS = 5_000;

/** A sentence for the visitor, or null while nothing is known or the job is not queued. */
export function useQueueNote({ id, pool, type }: Job, queued: boolean): string | null {
  const [note, setNote] = useState<string | null>(null);
  useEffect(() => {
    if (!queued) return setNote(null);
    const stop = new AbortController();
    const { signal } = stop;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      if (!document.hidden) {
        const [{ queue = null }, { runners }] = await Promise.all([kiln.job(id, { signal }), kiln.health({ signal })]);
        const able = runners.some((runner) => runner.pool === pool && runner.jobTypes.includes(type));
        if (!signal.aborted) setNote(queueWords(queue, able));
      }
    };
    // The note is a courtesy: without it the job still waits.
    const askAgain = () => {
      const next = () => {
        if (!signal.aborted) timer = setTimeout(askAgain, POLL_MS);
      };
      ask().then(next, next);
    };
    timer = setTimeout(askAgain, PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [queued, id, pool, type]);
  return note;
}
