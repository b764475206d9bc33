/**
 * Parts of a stage on a runner that assists: it claims a few at a time, makes them, and is done when there are none left for
 * it. Parts of earlier stages it only takes.
 */
import { MAX_PARTS_PER_CLAIM } from "#contract/limits.ts";
import { JobFailure, type Part, type PartsMade, type PartWork } from "../jobs/job.ts";
import { makeAll, type PartQueue, type PartSharing, type PartStage, takeCheckpoints } from "./part-sharing.ts";

export interface AssistPartsOptions {
  /** The stage to help with. */
  readonly stage: string;
  readonly checkpoints: PartStage["checkpoints"];
  /** Names of parts to make, up to `count` at a time; those that were claimed before and are not made yet are among them. */
  claim(count: number): Promise<readonly string[]>;
  /** All that was wanted is made. Ends the attempt: returns what `make` rejects with. */
  onOver(): unknown;
}

export class AssistParts implements PartSharing {
  readonly assists = true;
  readonly #options: AssistPartsOptions;
  #isLast = false;

  constructor(options: AssistPartsOptions) {
    this.#options = options;
  }

  /** Claims nothing more. */
  finish(): void {
    this.#isLast = true;
  }

  async make<P extends Part>(work: PartWork<P>, { stage, signal }: PartStage): Promise<PartsMade<P>> {
    const { checkpoints } = this.#options;
    if (stage !== this.#options.stage) {
      const { resumed, missing } = await takeCheckpoints(work, checkpoints);
      if (missing.length > 0) throw unusable("an earlier stage is not kept whole");
      return { resumed, byOthers: [] };
    }
    const count = Math.min(work.atOnce, MAX_PARTS_PER_CLAIM);
    await makeAll(work, this.#queue(work.parts, count), count, { checkpoints, signal });
    throw this.#options.onOver();
  }

  /** The stage is done, and a checkpoint holds all of it: nobody needs help. */
  passed(stage: string): void {
    if (stage === this.#options.stage) throw this.#options.onOver();
  }

  #queue<P extends Part>(parts: readonly P[], count: number): PartQueue<P> {
    const byName = new Map(parts.map((part) => [part.name, part]));
    const begun = new Set<string>();
    // One call at a time: two would be told the same names.
    let turn: Promise<unknown> = Promise.resolve();
    const claimNext = async () => {
      const names = this.#isLast ? [] : await this.#options.claim(count);
      const name = names.find((candidate) => !begun.has(candidate));
      if (name === undefined) return null;
      begun.add(name);
      const part = byName.get(name);
      if (!part) throw unusable(`there is no part ${name} here`);
      return { part };
    };
    return {
      next: () => {
        const next = turn.then(claimNext);
        turn = next.catch(() => undefined);
        return next;
      },
      done: () => {},
    };
  }
}

/** This runner's job has other parts than the lead's: another version, or a checkpoint that is gone. */
function unusable(why: string): JobFailure {
  return new JobFailure("engine_failed", `This runner can't assist: ${why}.`, { retryable: true });
}
