/** One round: jobs, a fault, and what became of them. */
import { createHash, randomBytes } from "node:crypto";
import { openAsBlob } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kiln } from "#client/kiln.ts";
import { FINAL_STATES, type Job, type JobEvent } from "#contract/job.ts";
import { sampleClip } from "../../tests/helpers/samples.ts";
import { PART_MS, PARTS } from "./fan-out-faults.ts";
import type { Fault, Scene } from "./fault.ts";
import type { FaultRig } from "./fault-rig.ts";
import { judge, type Outcome, type Verdict } from "./verdict.ts";

/** A job that has not ended by then counts as lost. */
const END_MS = 90_000;
const POLL_MS = 100;
/** What attempts left must be gone by then; a killed runner's things wait for the next one's start. */
const CLEAN_MS = 20_000;
const INPUT_BYTES = 200_000;

export type RoundJob = "echo" | "animate";

export interface RoundResult {
  readonly verdicts: readonly Verdict[];
  /** From the fault to the end of the last job. */
  readonly seconds: number;
  readonly problems: readonly string[];
}

/** Runs one fault once. Throws when the fault itself could not be done. */
export async function runRound(rig: FaultRig, fault: Fault, kind: RoundJob): Promise<RoundResult> {
  await rig.replaceDeaf();
  const [victim, other] = await rig.pair();
  other.proxy.mayLease = false;
  const ids: string[] = [];
  const submitted = Promise.withResolvers<void>();
  const problems: string[] = [];
  let hitAt = performance.now();
  let endedAt = hitAt;
  const ended = submitted.promise.then(async () => {
    const jobs = await Promise.all(ids.map((id) => untilEnded(rig.kiln, id)));
    endedAt = performance.now();
    return jobs;
  });
  const join = () => {
    other.proxy.mayLease = true;
    // It may have been told that there is no work a moment ago; the next ring is for the next job.
    other.proxy.ring();
  };
  const scene: Scene = {
    rig,
    victim,
    other,
    async submit() {
      ids.push(...(await (fault.sharesStage ? submitParts(rig.kiln) : submitJobs(rig.kiln, kind))));
      submitted.resolve();
    },
    ended: () => ended,
    join,
    hit() {
      hitAt = performance.now();
      join();
    },
    complain: (problem) => problems.push(problem),
  };
  await withDeadline(fault.run(scene), fault.name);
  const jobs = await ended;
  const outcomes = await Promise.all(jobs.map((job) => outcomeOf(rig.kiln, job)));
  await rig.pair();
  const left = await untilClean(rig);
  if (left.length > 0) problems.push(`left: ${left.join(", ")}`);
  return { verdicts: outcomes.map(judge), seconds: (endedAt - hitAt) / 1000, problems };
}

/** The first one is what the fault hits; it leaves a process behind if it can. The second one waits behind it. */
async function submitJobs(kiln: Kiln, kind: RoundJob): Promise<string[]> {
  if (kind === "animate") {
    const upload = await kiln.upload(await openAsBlob(sampleClip("carphone_pristine.mp4")), { filename: "call.mp4" });
    const params = { removeBackground: true, endS: 1.5, maxSidePx: 128 };
    // The same every round: a result that is kept would answer it without a runner.
    const request = { type: "animate", inputs: [{ upload: upload.id }], params, policy: { cache: false } };
    return [(await kiln.createJob(request)).id];
  }
  const upload = await kiln.upload(new Blob([randomBytes(INPUT_BYTES)]), { filename: "input.bin" });
  const params = { text: "hit", sleepMs: 2_000, ticks: 20, leak: true };
  const first = await kiln.createJob({ type: "echo", inputs: [{ upload: upload.id }], params });
  const second = await kiln.createJob({ type: "echo", params: { text: "behind it", sleepMs: 100 } });
  return [first.id, second.id];
}

/** One job whose parts take a few seconds in all: nothing is behind it, so that the other runner assists. */
async function submitParts(kiln: Kiln): Promise<string[]> {
  const params = { text: "shared", parts: PARTS, sleepMs: PART_MS };
  return [(await kiln.createJob({ type: "echo", params })).id];
}

/** The job at its end, or as it is when its time is over. The Worker may be away meanwhile. */
async function untilEnded(kiln: Kiln, id: string): Promise<Job> {
  const deadline = Date.now() + END_MS;
  for (;;) {
    const job = await kiln.job(id).catch((error) => {
      if (Date.now() > deadline) throw error;
      return null;
    });
    if (job && (FINAL_STATES.has(job.state) || Date.now() > deadline)) return job;
    await sleep(POLL_MS);
  }
}

async function outcomeOf(kiln: Kiln, job: Job): Promise<Outcome> {
  const events: JobEvent[] = [];
  if (FINAL_STATES.has(job.state)) for await (const event of kiln.events(job.id)) events.push(event);
  const downloads = new Map<string, string | null>();
  for (const { name } of job.manifest?.artifacts ?? []) {
    const bytes = await kiln.download(job.id, name).then(
      async (response) => Buffer.from(await response.arrayBuffer()),
      () => null,
    );
    downloads.set(name, bytes && createHash("sha256").update(bytes).digest("hex"));
  }
  return { job, events, downloads };
}

async function untilClean(rig: FaultRig): Promise<string[]> {
  const deadline = Date.now() + CLEAN_MS;
  for (;;) {
    const left = await rig.leftovers();
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(POLL_MS);
  }
}

/** A fault waits for calls that a broken product may never make. */
async function withDeadline(work: Promise<void>, name: string): Promise<void> {
  const done = new AbortController();
  const late = sleep(END_MS * 2, "late" as const, { signal: done.signal }).catch(() => undefined);
  const first = await Promise.race([work.then(() => "done" as const), late]);
  done.abort();
  if (first === "late") throw new Error(`${name}: what it waits for did not happen`);
}
