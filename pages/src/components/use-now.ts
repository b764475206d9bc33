/** The time, told again at an interval while something on the page counts. */
import { useEffect, useState } from "react";

/** Epoch ms, renewed every `intervalMs`; not renewed while `active` is false. */
export function useNow(intervalMs: number, active = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs, active]);
  return now;
}
