/** Waiting for the user to stop the program. */

/**
 * From now on SIGINT, SIGTERM and SIGHUP do not end the process but abort `signal` and resolve `received`. A second one
 * ends it at once: children that are tied to it end with it.
 */
export function untilSignal(): { readonly signal: AbortSignal; readonly received: Promise<void> } {
  const controller = new AbortController();
  const received = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error("Interrupted."));
      resolve();
    };
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  });
  return { signal: controller.signal, received };
}
