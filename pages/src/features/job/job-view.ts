/** A job as the page shows it, built from the job itself and its events. Pure: one reducer, no clock, no network. */
import { FINAL_STATES, type Job, type JobError, type JobEvent, type JobState, type Progress } from "#contract/job.ts";

export interface LogLine {
  readonly seq: number;
  readonly attempt: number;
  readonly line: string;
}

export interface JobView {
  readonly state: JobState;
  readonly attempt: number;
  readonly error: JobError | null;
  /** The next try is not before this time (epoch ms), or null. */
  readonly notBefore: number | null;
  readonly progress: Progress | null;
  readonly logs: readonly LogLine[];
  /** Names of files the runner has written in this attempt. */
  readonly written: readonly string[];
  /** Number of the last event taken in. */
  readonly seq: number;
}

/** Older lines are dropped from the page; all of them stay on the server. */
export const MAX_LOG_LINES = 1_000;

/** Where a view begins: the job as it was read, before any event. */
export function startView(job: Job): JobView {
  const { state, attempt, error, notBefore, progress } = job;
  return { state, attempt, error, notBefore, progress, logs: [], written: [], seq: 0 };
}

/**
 * The view after one event. Events that were seen are ignored, so that a replay changes nothing. A replay from the start
 * goes through earlier states again; `final` jobs keep theirs, because it can't change any more.
 */
export function reduceEvent(view: JobView, event: JobEvent, final: boolean): JobView {
  if (event.seq <= view.seq) return view;
  const next = { ...view, seq: event.seq };
  switch (event.kind) {
    case "log": {
      const { line, attempt } = event.data;
      return { ...next, logs: [...view.logs, { seq: event.seq, line, attempt }].slice(-MAX_LOG_LINES) };
    }
    case "artifact":
      return { ...next, written: [...view.written.filter((name) => name !== event.data.name), event.data.name] };
    case "progress":
      return final ? next : { ...next, progress: event.data };
    case "status":
      return final ? next : reduceStatus(next, event.data);
  }
}

function reduceStatus(view: JobView, data: Extract<JobEvent, { kind: "status" }>["data"]): JobView {
  const { state, attempt, error, notBefore } = data;
  const running = state === "running" || state === "canceling" || FINAL_STATES.has(state);
  const sameAttempt = attempt === view.attempt && running;
  // A new attempt, or the way back to the queue, starts the work from nothing.
  return { ...view, state, attempt, error, notBefore, ...(sameAttempt ? {} : { progress: null, written: [] }) };
}

/** The share of the job that is done, 0 to 100, or null while it can't be known. */
export function percentOf(view: JobView): number | null {
  if (view.state === "succeeded") return 100;
  return view.progress?.percent ?? (view.state === "running" ? null : 0);
}
