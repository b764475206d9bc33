/** The page's view of a job, built from events. */
import { describe, expect, test } from "vitest";
import type { Job, JobEvent, JobState } from "#contract/job.ts";
import {
  type JobView,
  MAX_LOG_LINES,
  percentOf,
  reduceEvent,
  startView,
} from "../../../../pages/src/features/job/job-view.ts";

const JOB: Job = {
  id: `job_${"0".repeat(26)}`,
  type: "logo-to-3d",
  typeVersion: 1,
  state: "queued",
  params: {},
  inputs: [],
  pool: "cpu",
  rerunOf: null,
  asset: `job_${"0".repeat(26)}`,
  batch: null,
  cached: false,
  pinned: false,
  attempt: 0,
  maxAttempts: 3,
  progress: null,
  error: null,
  attempts: [],
  manifest: null,
  seq: 0,
  createdAt: 0,
  notBefore: null,
  startedAt: null,
  finishedAt: null,
  expiresAt: null,
  purgedAt: null,
};

const status = (seq: number, state: JobState, attempt: number): JobEvent => ({
  seq,
  at: 0,
  kind: "status",
  data: { state, attempt, error: null, notBefore: state === "queued" && attempt > 0 ? 5_000 : null },
});
const progress = (seq: number, percent: number | null): JobEvent => ({
  seq,
  at: 0,
  kind: "progress",
  data: { stage: "export", stageIndex: 2, stageCount: 5, percent, etaS: 2 },
});
const log = (seq: number, line: string): JobEvent => ({ seq, at: 0, kind: "log", data: { line, attempt: 1 } });
const artifact = (seq: number, name: string): JobEvent => ({
  seq,
  at: 0,
  kind: "artifact",
  data: { name, bytes: 1, contentType: "model/gltf-binary" },
});
const play = (events: readonly JobEvent[], from: JobView = startView(JOB), final = false) =>
  events.reduce((view, event) => reduceEvent(view, event, final), from);

describe("a job's view", () => {
  test("follows state, progress, log and files", () => {
    const view = play([
      status(1, "queued", 0),
      status(2, "running", 1),
      progress(3, 40),
      log(4, "hello"),
      artifact(5, "model.glb"),
    ]);
    expect(view).toMatchObject({ state: "running", attempt: 1, seq: 5, written: ["model.glb"] });
    expect(view.logs.map(({ line }) => line)).toEqual(["hello"]);
    expect(percentOf(view)).toBe(40);
  });

  test("does not change by events it has seen", () => {
    const events = [status(1, "running", 1), log(2, "once"), artifact(3, "model.glb")];
    const view = play(events);
    expect(play(events, view)).toBe(view);
  });

  test("forgets progress and files when the job goes back to the queue, and keeps the log", () => {
    const view = play([
      status(1, "running", 1),
      progress(2, 60),
      log(3, "first try"),
      artifact(4, "model.glb"),
      status(5, "queued", 1),
    ]);
    expect(view).toMatchObject({ state: "queued", progress: null, written: [], notBefore: 5_000 });
    expect(view.logs).toHaveLength(1);
    expect(percentOf(view)).toBe(0);
  });

  test("keeps its progress while the job is being canceled", () => {
    const view = play([status(1, "running", 1), progress(2, 60), status(3, "canceling", 1)]);
    expect(percentOf(view)).toBe(60);
  });

  test("of a finished job stays finished while its events are replayed", () => {
    const finished = startView({ ...JOB, state: "succeeded", attempt: 1 });
    const view = play(
      [status(1, "queued", 0), status(2, "running", 1), progress(3, 10), log(4, "line")],
      finished,
      true,
    );
    expect(view.state).toBe("succeeded");
    expect(view.logs).toHaveLength(1);
    expect(percentOf(view)).toBe(100);
  });

  test("tells no percentage while it can't be known", () => {
    expect(percentOf(play([status(1, "running", 1)]))).toBeNull();
    expect(percentOf(play([status(1, "running", 1), progress(2, null)]))).toBeNull();
  });

  test("lists a file once when it is written again", () => {
    expect(play([artifact(1, "a"), artifact(2, "b"), artifact(3, "a")]).written).toEqual(["b", "a"]);
  });

  test("keeps the newest log lines only", () => {
    const lines = Array.from({ length: MAX_LOG_LINES + 5 }, (_, i) => log(i + 1, String(i)));
    const { logs } = play(lines);
    expect([logs.length, logs[0]?.line, logs.at(-1)?.line]).toEqual([MAX_LOG_LINES, "5", String(MAX_LOG_LINES + 4)]);
  });
});
