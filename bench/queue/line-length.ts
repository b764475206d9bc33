/**
 * What enqueue and lease take in a pool with a long line, beside the same in an empty one. Two stacks run side by side, and each
 * step is done on one and on the other in turns, so that the machine's moods meet both alike.
 */
import type { Figure } from "./figures.ts";
import { percentile } from "./figures.ts";
import type { QueueClient } from "./queue-client.ts";

/** The figure: p50 with a long line against p50 with none. */
const MAX_RATIO = 1.3;
/** Rounds that only warm both stacks up. */
const WARM_UP = 10;
const RUNNER = "runner-of-the-line";

/** Milliseconds of each round. */
interface Times {
  /** From sending `POST /v1/jobs` until its answer. */
  readonly submit: number[];
  /** From sending `POST /v1/jobs` until the job is in its pool's line, which the doorbell tells. */
  readonly enqueue: number[];
  /** From sending `POST /runner/v1/lease` until the lease is there. */
  readonly lease: number[];
}

interface Side {
  readonly client: QueueClient;
  readonly times: Times;
  readonly doorbell: Awaited<ReturnType<QueueClient["doorbell"]>>;
}

/** Measures both sides over `rounds` rounds. `long` has its line already; `jobs` says how long that is. */
export async function measureLines(
  empty: QueueClient,
  long: QueueClient,
  rounds: number,
  jobs: number,
): Promise<Figure[]> {
  const sides = await Promise.all(
    [empty, long].map(async (client): Promise<Side> => {
      const times = { submit: [], enqueue: [], lease: [] };
      return { client, times, doorbell: await client.doorbell(RUNNER) };
    }),
  );
  for (let round = 0; round < WARM_UP + rounds; round++) {
    // Who goes first changes: the second of two calls may find caches warm.
    const order = round % 2 === 0 ? sides : [...sides].reverse();
    const isMeasured = round >= WARM_UP;
    for (const side of order) await enqueueOne(side, isMeasured);
    for (const side of order) await leaseOne(side, round, isMeasured);
  }
  for (const { doorbell } of sides) doorbell.close();
  const [short, other] = sides.map(({ times }) => times) as [Times, Times];
  return (["submit", "enqueue", "lease"] as const).flatMap((step) => compare(step, short[step], other[step], jobs));
}

/** One job comes into the line, and goes again. Of a type that nobody else in line has: the runner waits for it alone. */
async function enqueueOne({ client, times, doorbell }: Side, isMeasured: boolean): Promise<void> {
  const none = await client.lease(RUNNER, ["text-to-3d"]);
  if (none.value) throw new Error("a job is in line that should not be there");
  const rung = doorbell.next();
  const sentAt = performance.now();
  const { ms } = await client.submit(0, "text-to-3d");
  const inLine = (await rung) - sentAt;
  if (isMeasured) {
    times.submit.push(ms);
    times.enqueue.push(inLine);
  }
  const { value } = await client.lease(RUNNER, ["text-to-3d"]);
  if (!value) throw new Error("a job that was in line was not leased");
  await client.fail(value);
}

/**
 * One more job comes into the line, and one is leased from it: the line is as long as before. What is leased from a long line is
 * an old job, whose object has to come into memory first; that counts against it.
 */
async function leaseOne({ client, times }: Side, round: number, isMeasured: boolean): Promise<void> {
  const { ready } = await client.pool();
  await client.submit(round, "echo");
  await client.untilReady(ready + 1);
  const { ms, value } = await client.lease(RUNNER, ["echo", "text-to-3d"]);
  if (!value) throw new Error("a job that was in line was not leased");
  if (isMeasured) times.lease.push(ms);
  await client.fail(value);
}

function compare(step: keyof Times, empty: readonly number[], long: readonly number[], jobs: number): Figure[] {
  const show = (ms: number) => `${ms.toFixed(1)} ms`;
  const line = jobs.toLocaleString("en");
  return ([0.5, 0.99] as const).map((p): Figure => {
    const [before, after] = [percentile(empty, p), percentile(long, p)];
    const ratio = after / before;
    return {
      name: `${step} p${p * 100}: no job in line, ${line} in line`,
      value: `${show(before)}, ${show(after)}: ${ratio.toFixed(2)}`,
      bound: p === 0.5 ? `≤ ${MAX_RATIO}` : "",
      // One slow call in a hundred says more of the machine than of the line.
      met: p === 0.5 ? ratio <= MAX_RATIO : null,
    };
  });
}
