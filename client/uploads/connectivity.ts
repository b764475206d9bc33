/** Whether the machine has a network at all. Where it has none, waiting is better than trying. */

export interface Connectivity {
  /** Resolves at once while there is a network, else when it is back; rejects with the signal's reason. */
  untilOnline(signal?: AbortSignal): Promise<void>;
}

/** As much of a browser's window as is used; Node and Workers lack it. */
interface BrowserWindow {
  readonly navigator?: { readonly onLine?: boolean };
  readonly addEventListener?: (type: "online", listener: () => void) => void;
  readonly removeEventListener?: (type: "online", listener: () => void) => void;
}

/** What the browser says; anywhere else there is always a network. */
export function browserConnectivity(window: BrowserWindow = globalThis as BrowserWindow): Connectivity {
  return {
    untilOnline: (signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (window.navigator?.onLine !== false || !window.addEventListener) return resolve();
        const settle = () => {
          window.removeEventListener?.("online", onOnline);
          signal?.removeEventListener("abort", onAbort);
        };
        const onOnline = () => {
          settle();
          resolve();
        };
        const onAbort = () => {
          settle();
          reject(signal?.reason);
        };
        window.addEventListener("online", onOnline);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}
