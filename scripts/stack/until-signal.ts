/** Waiting for the user to stop the program. */

/** One Ctrl-C can arrive twice, from the terminal and from npm: only a later signal is a second wish. */
const SECOND_SIGNAL_MS = 1_000;

/**
 * From now on SIGINT, SIGTERM and SIGHUP do not end the process but abort `signal` and resolve `received`. A second one
 * ends it at once: children that are tied to it end with it.
 */
export function untilSignal(): { readonly signal: AbortSignal; readonly received: Promise<void> } {
  const controller = new AbortController();
  let firstAt = 0;
  const received = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (controller.signal.aborted && Date.now() - firstAt > SECOND_SIGNAL_MS) process.exit(130);
      if (controller.signal.aborted) return;
      firstAt = Date.now();
      controller.abort(new Error("Interrupted."));
      resolve();
    };
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  });
  return { signal: controller.signal, received };
}
