/** The links to a job: reads those that work, makes one, ends one. */
import { useCallback, useEffect, useState } from "react";
import type { Share } from "#contract/share.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";

/** `links` is null until they are known. `busy`: something is being changed. */
export function useShares(jobId: string) {
  const [links, setLinks] = useState<readonly Share[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    kiln.shares(jobId, { signal: stop.signal }).then(setLinks, (error) => {
      if (!stop.signal.aborted) setFailure(toFailure(error));
    });
    return () => stop.abort();
  }, [jobId]);
  const change = useCallback(async (act: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    try {
      await act();
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  }, []);
  const make = (ttlS: number) =>
    change(async () => {
      const link = await kiln.shareJob(jobId, { ttlS });
      setLinks((now) => [...(now ?? []), link]);
    });
  const revoke = (id: string) =>
    change(async () => {
      await kiln.revokeShare(jobId, id);
      setLinks((now) => (now ?? []).filter((link) => link.id !== id));
    });
  return { links, failure, busy, make, revoke };
}
