/** The job that a link shows; read again while it is under way. */
import { useCallback, useEffect, useState } from "react";
import { FINAL_STATES } from "#contract/job.ts";
import type { SharedJob } from "#contract/share.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";

const POLL_MS = 3_000;

/** The job (null until it is known), why it can't be shown, and a function to try again. */
export function useSharedJob(token: string) {
  const [job, setJob] = useState<SharedJob | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` only asks for another round.
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const read = async () => {
      const read = await kiln.sharedJob(token, { signal: stop.signal });
      setJob(read);
      if (!FINAL_STATES.has(read.state)) timer = setTimeout(follow, POLL_MS);
    };
    const follow = () => {
      read().catch((error) => {
        if (!stop.signal.aborted) setFailure(toFailure(error));
      });
    };
    setFailure(null);
    follow();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [token, round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { job, failure, again };
}
