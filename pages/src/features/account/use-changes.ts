/** Things of the account that are read, and changed one call at a time. */
import { useCallback, useEffect, useState } from "react";
import { type Failure, toFailure } from "../../api/failure.ts";

/** `items` is null until they are read. `change` answers whether it worked; while one is under way, others are ignored. */
export function useChanges<T>(read: (signal: AbortSignal) => Promise<T>) {
  const [items, setItems] = useState<T | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is read is the same for the life of a section.
  useEffect(() => {
    const stop = new AbortController();
    read(stop.signal).then(setItems, (error) => {
      if (!stop.signal.aborted) setFailure(toFailure(error));
    });
    return () => stop.abort();
  }, []);
  const change = useCallback(
    async (act: () => Promise<void>): Promise<boolean> => {
      if (busy) return false;
      setBusy(true);
      setFailure(null);
      try {
        await act();
        return true;
      } catch (error) {
        setFailure(toFailure(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [busy],
  );
  return { items, setItems, failure, busy, change };
}
