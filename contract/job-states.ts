/** The states of a job. Apart from the schemas, so that a client that only asks whether a job is over carries none of them. */

/**
 * - `waiting`    a job whose file is an input is not over; those are the inputs with `job` set and `bytes` 0
 * - `queued`     in its pool, or waiting for the next attempt (`notBefore`)
 * - `running`    a runner holds the lease
 * - `canceling`  the user cancelled; the runner that holds the lease has been told
 * - `succeeded` · `failed` · `canceled` · `expired` are final; `expired` = not started within `ttlS`
 */
export const JOB_STATES = [
  "waiting",
  "queued",
  "running",
  "canceling",
  "succeeded",
  "failed",
  "canceled",
  "expired",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The states that end a job. */
export const FINAL_STATES: ReadonlySet<JobState> = new Set(["succeeded", "failed", "canceled", "expired"]);
