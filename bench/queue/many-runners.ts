/** Many runners that lease at once from one pool: each job is leased once, and nobody is sent away. */
import { type Figure, percentile } from "./figures.ts";
import { inParallel, type QueueClient } from "./queue-client.ts";

/** Jobs of one owner that a pool lets be at work at once (contract/limits.ts): so many owners share the jobs. */
const OWNERS = 10;

/** Fills the pool, then lets all runners lease until there is nothing more. The pool is empty before and after. */
export async function measureRunners(client: QueueClient, runners: number, jobs: number): Promise<Figure[]> {
  await client.fill(jobs, (n) => n % OWNERS);
  client.refusals.clear();
  const leased: { jobId: string; leaseId: string }[] = [];
  const times: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: runners }, async (_, n) => {
      for (;;) {
        const { ms, value } = await client.lease(`runner-${n}`);
        times.push(ms);
        if (!value) return;
        leased.push(value);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const refused = [...client.refusals].map(([status, count]) => `${count} × ${status}`).join(", ");
  await inParallel(leased.length, runners, (n) => client.fail(leased[n] as (typeof leased)[number]));
  const different = new Set(leased.map(({ jobId }) => jobId)).size;
  const name = `${runners} runners lease ${jobs.toLocaleString("en")} jobs at once`;
  return [
    {
      name: `${name}: leases, different jobs`,
      value: `${leased.length}, ${different}`,
      bound: `${jobs}, ${jobs}`,
      met: leased.length === jobs && different === jobs,
    },
    { name: `${name}: calls refused`, value: refused || "none", bound: "none", met: refused === "" },
    {
      name: `${name}: p50, p99 of a call`,
      value: `${percentile(times, 0.5).toFixed(0)} ms, ${percentile(times, 0.99).toFixed(0)} ms`,
      bound: "",
      met: null,
    },
    { name: `${name}: leases a second`, value: (leased.length / seconds).toFixed(0), bound: "", met: null },
  ];
}
