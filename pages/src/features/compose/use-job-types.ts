/** What can be made, read once from the server. */
import { useCallback, useEffect, useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";

/** The job types (null until they are known), why they could not be read, and a function to try again. */
export function useJobTypes() {
  const [types, setTypes] = useState<readonly JobTypeInfo[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` only asks for another round.
  useEffect(() => {
    const stop = new AbortController();
    setFailure(null);
    kiln.jobTypes({ signal: stop.signal }).then(setTypes, (error) => {
      if (!stop.signal.aborted) setFailure(toFailure(error));
    });
    return () => stop.abort();
  }, [round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { types, failure, again };
}
