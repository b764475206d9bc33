/** What a fault is, and what faults have in common. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "#contract/job.ts";
import type { SeenCall } from "./fault-proxy.ts";
import type { FaultRig, Machine } from "./fault-rig.ts";

/** One round, as a fault sees it. The victim takes the first job; the other runner takes none until `hit`. */
export interface Scene {
  readonly rig: FaultRig;
  readonly victim: Machine;
  readonly other: Machine;
  /** Submits the round's jobs. Resolves when all are accepted. */
  submit(): Promise<void>;
  /** Resolves when all jobs of the round have ended. */
  ended(): Promise<readonly Job[]>;
  /** The other runner may lease from now on. */
  join(): void;
  /** The fault has happened: from now on the time counts, and the other runner may lease. */
  hit(): void;
  /** Something that must not be. */
  complain(problem: string): void;
}

export interface Fault {
  readonly name: string;
  /** It is about a stage that runners share: the round has one job, of many parts. */
  readonly sharesStage?: true;
  run(scene: Scene): Promise<void>;
  /** Why it can't be done here, or null. */
  missing?(rig: FaultRig): string | null;
}

/** Within this time after its lease was lost nothing of an attempt may be left (DESIGN: a stale lease). */
const STALE_GONE_MS = 10_000;
const LEFTOVER_POLL_MS = 100;

/** A call of that name. */
export const named = (name: string) => (call: SeenCall) => call.name === name;
/** Progress of the first job when some of it is done. */
export const isMiddle = ({ name, body }: SeenCall) =>
  name === "progress" && ((body.progress as { percent: number | null }).percent ?? 0) > 0;
/** A lease that was given. */
export const isLease = ({ name, status }: SeenCall) => name === "lease" && status === 200;

/** Whatever an attempt has whose lease is gone must be gone soon after its runner went on. */
export async function expectNothingLeft({ rig, complain }: Scene): Promise<void> {
  const goneBy = Date.now() + STALE_GONE_MS;
  let left = await rig.leftovers();
  while (left.length > 0 && Date.now() < goneBy) {
    await sleep(LEFTOVER_POLL_MS);
    left = await rig.leftovers();
  }
  if (left.length > 0) complain(`${STALE_GONE_MS / 1000} s after it went on, a stale runner has ${left.join(", ")}`);
}
