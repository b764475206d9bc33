/** What became of a job after a fault: whether it ended, kept its promise, and was published once. Pure. */
import { FINAL_STATES, type Job, type JobEvent } from "#contract/job.ts";

/** A job as it is after a round. */
export interface Outcome {
  readonly job: Job;
  readonly events: readonly JobEvent[];
  /** Hex SHA-256 of what a download of each artifact gave, by name; null when it can't be downloaded. */
  readonly downloads: ReadonlyMap<string, string | null>;
}

export interface Verdict {
  readonly isTerminal: boolean;
  readonly succeeded: boolean;
  /** It never ended, or its result can't be had as the manifest says. */
  readonly isLost: boolean;
  /** More than one end, more than one attempt that succeeded, or an artifact that was published twice. */
  readonly isTwice: boolean;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

/** Judges one job. Nobody retried, reran or deleted it. */
export function judge({ job, events, downloads }: Outcome): Verdict {
  const isTerminal = FINAL_STATES.has(job.state);
  const succeeded = job.state === "succeeded";
  const lost: string[] = [];
  const twice: string[] = [];
  const other: string[] = [];
  if (!isTerminal) lost.push(`${job.id} is still ${job.state}`);
  const named = job.manifest?.artifacts ?? [];
  if (succeeded && named.length === 0) lost.push(`${job.id} succeeded without a file`);
  for (const { name, sha256 } of named) {
    const found = downloads.get(name) ?? null;
    if (found === null) lost.push(`${job.id}: ${name} can't be downloaded`);
    else if (found !== sha256) lost.push(`${job.id}: ${name} is not what the manifest says`);
  }
  const ends = events.filter((event) => event.kind === "status" && FINAL_STATES.has(event.data.state));
  if (ends.length > 1) twice.push(`${job.id} ended ${ends.length} times`);
  if (isTerminal && ends.length === 0) lost.push(`${job.id} never told its end`);
  const published = events.flatMap((event) => (event.kind === "artifact" ? [event.data.name] : []));
  if (new Set(published).size !== published.length) twice.push(`${job.id} published a file twice`);
  const wins = job.attempts.filter(({ outcome }) => outcome === "succeeded");
  if (wins.length > 1) twice.push(`${job.id} succeeded ${wins.length} times`);
  if (events.some(({ seq }, index) => seq !== index + 1)) other.push(`${job.id}: its events have gaps`);
  if (job.error) other.push(`${job.id} ${job.state}: ${job.error.code}: ${job.error.message}`);
  const problems = [...lost, ...twice, ...other];
  return { isTerminal, succeeded, isLost: lost.length > 0, isTwice: twice.length > 0, problems };
}
