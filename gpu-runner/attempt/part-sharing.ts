/**
 * Parts of a stage, made by as many makers as the machine has room for. Which part comes next, and whether somebody else has
 * made it, is a queue's to say: that of a runner alone is here, those of runners that share are in lead-parts.ts and
 * assist-parts.ts.
 */
import type { Checkpoints, Part, PartMaker, PartsMade, PartWork } from "../jobs/job.ts";

/** The stage that the parts are of, and what its attempt has. */
export interface PartStage {
  readonly stage: string;
  /** How long another runner needs until it can make one. */
  readonly setUpMs: number;
  readonly checkpoints: Checkpoints;
  readonly signal: AbortSignal;
}

/** How an attempt comes by the parts of its stages. */
export interface PartSharing {
  readonly assists: boolean;
  make<P extends Part>(work: PartWork<P>, stage: PartStage): Promise<PartsMade<P>>;
  /** The last step of this stage is done. Throws when that is as far as this attempt goes. */
  passed?(stage: string): void;
}

/** What a maker is to do next: make a part, or fetch one that is there. */
export interface NextPart<P extends Part> {
  readonly part: P;
  /** Brings what another runner has made; false when it can't be had, and is to be made. */
  readonly take?: () => Promise<boolean>;
}

export interface PartQueue<P extends Part> {
  /** Null when there is nothing more for this maker. May take as long as others take. */
  next(): Promise<NextPart<P> | null>;
  /** The part's file is there, and it is kept. */
  done(part: P): void;
}

/** Parts that nobody else makes. */
export class LoneParts implements PartSharing {
  readonly assists = false;

  async make<P extends Part>(work: PartWork<P>, { checkpoints, signal }: PartStage): Promise<PartsMade<P>> {
    const { resumed, missing } = await takeCheckpoints(work, checkpoints);
    let done = resumed.length;
    const rest = missing[Symbol.iterator]();
    const queue: PartQueue<P> = {
      next: async () => {
        const { value, done: isOver } = rest.next();
        return isOver ? null : { part: value };
      },
      done: () => work.onDone?.(++done),
    };
    await makeAll(work, queue, Math.min(work.atOnce, missing.length), { checkpoints, signal });
    return { resumed, byOthers: [] };
  }
}

/** Brings the parts that an earlier attempt left. */
export async function takeCheckpoints<P extends Part>(
  work: PartWork<P>,
  checkpoints: Checkpoints,
): Promise<{ resumed: P[]; missing: P[] }> {
  const kept = new Set(await checkpoints.names());
  const resumed: P[] = [];
  const missing: P[] = [];
  for (const part of work.parts) {
    const isThere =
      kept.has(part.name) && (await checkpoints.read(part.name, part.path)) && ((await work.accept?.(part)) ?? true);
    (isThere ? resumed : missing).push(part);
  }
  if (resumed.length > 0) work.onDone?.(resumed.length);
  return { resumed, missing };
}

/** Lets `count` makers work until the queue has nothing more for them. The first failure of one is that of all. */
export async function makeAll<P extends Part>(
  work: PartWork<P>,
  queue: PartQueue<P>,
  count: number,
  attempt: Pick<PartStage, "checkpoints" | "signal">,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => makeNext(work, queue, index, attempt)));
}

async function makeNext<P extends Part>(
  work: PartWork<P>,
  queue: PartQueue<P>,
  index: number,
  { checkpoints, signal }: Pick<PartStage, "checkpoints" | "signal">,
): Promise<void> {
  let maker: PartMaker<P> | undefined;
  try {
    for (let next = await queue.next(); next; next = await queue.next()) {
      signal.throwIfAborted();
      const { part, take } = next;
      if (!(await take?.())) {
        maker ??= await work.open(index);
        await maker.make(part);
        await checkpoints.write(part.name, part.path);
      }
      queue.done(part);
    }
  } finally {
    await maker?.close();
  }
}
