/**
 * Faults of a stage that two runners share: the victim leads, the other one assists. Who assists may go in any way, and the
 * job is done in the attempt that it is in; when the lead goes, the next attempt has all that both have made.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "#contract/job.ts";
import { expectNothingLeft, type Fault, isLease, type Scene } from "./fault.ts";
import type { SeenCall } from "./fault-proxy.ts";

/** How many parts the job has, and how long each takes: alone, the lead needs about as long as a lease lives. */
export const PARTS = 16;
export const PART_MS = 300;

const isClaim = ({ name, answer }: SeenCall) =>
  name === "claim" && ((answer as { names?: string[] } | undefined)?.names?.length ?? 0) > 0;
/** A part that is kept. */
const isKept = ({ name, status }: SeenCall) => name === "upload" && status === 200;

/** Resolves when the other runner has made a part and is in the middle of the next one. */
async function untilBothWork({ victim, other, submit, join, ended }: Scene): Promise<void> {
  const first = victim.proxy.once("told", isKept);
  await submit();
  await first;
  // From now on help is wanted.
  join();
  const bothWork = other.proxy.until(
    (calls) => calls.some(isKept) && calls.findLastIndex(isClaim) > calls.findIndex(isKept),
  );
  const isOver = ended().then(() => Promise.reject(new Error("the job was over before both runners were at it")));
  isOver.catch(() => undefined);
  await Promise.race([bothWork, isOver]);
  await sleep(PART_MS / 2);
}

/** Nobody but the lead's attempt is counted, and every part is in the result: `echo` itself has compared their bytes. */
async function expectOneAttempt({ ended, complain }: Scene): Promise<void> {
  for (const { attempts, manifest } of await ended()) {
    if (attempts.length !== 1) complain(`it took ${attempts.length} attempts`);
    expectAllParts(manifest, complain);
  }
}

function expectAllParts(manifest: Job["manifest"], complain: Scene["complain"]): void {
  const { parts, partsByOthers, resumedParts } = manifest?.report ?? {};
  if (parts !== PARTS) complain(`${parts} of ${PARTS} parts are in the result`);
  if (!(Number(partsByOthers) + Number(resumedParts) > 0)) complain("nothing of what the other runner made was used");
}

/** An echo job has parts that take as long as wanted; those of real ones depend on the machine. */
const missing: Fault["missing"] = ({ options }) => (options.jobTypes === "echo" ? null : "it is done to echo's parts");

const assistantKilled: Fault = {
  name: "assistant killed in the middle of a part",
  sharesStage: true,
  missing,
  async run(scene) {
    await untilBothWork(scene);
    scene.rig.kill(scene.other);
    scene.hit();
    await expectOneAttempt(scene);
  },
};

const leadKilled: Fault = {
  name: "lead killed while another runner assists",
  sharesStage: true,
  missing,
  async run(scene) {
    const { rig, victim, hit, ended, complain } = scene;
    await untilBothWork(scene);
    rig.kill(victim);
    hit();
    for (const { attempts, manifest } of await ended()) {
      const outcomes = attempts.map(({ outcome }) => outcome).join(", ");
      if (outcomes !== "lease_lost, succeeded") complain(`its attempts ended so: ${outcomes}`);
      expectAllParts(manifest, complain);
    }
  },
};

function leaseOfHelp({ other }: Scene): string {
  const lease = other.proxy.calls.findLast(isLease) as SeenCall;
  return (lease.answer as { leaseId: string }).leaseId;
}

/** What the other runner asks for with the lease of its help once that is over must be refused. */
function expectRefused({ other, complain }: Scene, leaseId: string): void {
  for (const { name, body, status } of other.proxy.calls) {
    const isOfLease = body.leaseId === leaseId || name === "upload";
    if (isOfLease && status !== null && status !== 409)
      complain(`a late ${name} of the assistant was answered ${status}`);
  }
}

const assistantStopped: Fault = {
  name: "assistant stopped (SIGSTOP) beyond its claim",
  sharesStage: true,
  missing,
  async run(scene) {
    const { other, hit } = scene;
    const pid = other.process.pid ?? 0;
    await untilBothWork(scene);
    process.kill(pid, "SIGSTOP");
    hit();
    const leaseId = leaseOfHelp(scene);
    try {
      await expectOneAttempt(scene);
    } finally {
      other.proxy.calls.length = 0;
      process.kill(pid, "SIGCONT");
    }
    await expectNothingLeft(scene);
    expectRefused(scene, leaseId);
  },
};

const assistantSilent: Fault = {
  name: "assistant's network silent",
  sharesStage: true,
  missing,
  async run(scene) {
    const { other, hit } = scene;
    await untilBothWork(scene);
    other.proxy.swallow();
    hit();
    const leaseId = leaseOfHelp(scene);
    await expectOneAttempt(scene);
    other.proxy.calls.length = 0;
    other.proxy.heal();
    await expectNothingLeft(scene);
    expectRefused(scene, leaseId);
  },
};

export const FAN_OUT_FAULTS: readonly Fault[] = [assistantKilled, leadKilled, assistantStopped, assistantSilent];
