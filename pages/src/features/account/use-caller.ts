/** Who this browser is to the server, read once a visit. */
import { useCallback, useEffect, useState } from "react";
import type { Caller } from "#contract/caller.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";

/** The caller (null until it is known), why it can't be told, and a function to try again. */
export function useCaller() {
  const [caller, setCaller] = useState<Caller | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` only asks for another round.
  useEffect(() => {
    const stop = new AbortController();
    setFailure(null);
    kiln.caller({ signal: stop.signal }).then(setCaller, (error) => {
      if (!stop.signal.aborted) setFailure(toFailure(error));
    });
    return () => stop.abort();
  }, [round]);
  const again = useCallback(() => setRound((n) => n + 1), []);
  return { caller, failure, again };
}
