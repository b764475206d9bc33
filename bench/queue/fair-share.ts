/** One owner has many jobs in line before another one's few: the first leases go to both alike. */
import type { Figure } from "./figures.ts";
import type { QueueClient } from "./queue-client.ts";

const [MANY, FEW] = [900, 100];
const LEASES = 100;
/** The figure: how far from half the share of either may be. */
const TOLERANCE = 10;

/** Leaves the pool with jobs in it. */
export async function measureFairness(client: QueueClient): Promise<Figure[]> {
  const many = new Set<string>();
  const few = new Set<string>();
  for (const [jobs, owner, count] of [
    [many, 0, MANY],
    [few, 1, FEW],
  ] as const) {
    for (const id of await client.fill(count, () => owner)) jobs.add(id);
  }
  let toMany = 0;
  let toFew = 0;
  for (let n = 0; n < LEASES; n++) {
    const { value } = await client.lease("runner");
    if (value && many.has(value.jobId)) toMany += 1;
    if (value && few.has(value.jobId)) toFew += 1;
  }
  return [
    {
      name: `${MANY} jobs of one owner, ${FEW} of another: of the first ${LEASES} leases`,
      value: `${toMany}, ${toFew}`,
      bound: `${LEASES / 2} ± ${TOLERANCE} each`,
      met: [toMany, toFew].every((count) => Math.abs(count - LEASES / 2) <= TOLERANCE),
    },
  ];
}
