/** Whether the browser has a network; drawn again when that changes. */
import { useSyncExternalStore } from "react";

const EVENTS = ["online", "offline"] as const;

const subscribe = (changed: () => void): (() => void) => {
  for (const name of EVENTS) window.addEventListener(name, changed);
  return () => {
    for (const name of EVENTS) window.removeEventListener(name, changed);
  };
};

export const useOnline = (): boolean => useSyncExternalStore(subscribe, () => navigator.onLine);
