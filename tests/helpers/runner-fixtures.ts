/** Leases, recipes and logs for tests of the runner that need no engine. */
import { z } from "zod";
import type { JobTypeDefinition } from "../../contract/job-types/job-type.ts";
import type { Lease } from "../../contract/runner-api.ts";
import type { JobContext, Recipe } from "../../gpu-runner/jobs/job.ts";
import type { RunnerLog } from "../../gpu-runner/runner-log.ts";

export const silentLog: RunnerLog = { info: () => {}, warn: () => {} };

export const testType: JobTypeDefinition = {
  name: "test",
  version: 1,
  title: "Test",
  description: "For tests",
  pool: "cpu",
  params: z.object({ size: z.number().max(10).default(3) }).strict(),
  presets: [],
  inputs: { min: 0, max: 2, label: "File", accept: ["*/*"], extensions: [], maxBytes: 100 },
  stages: [
    { name: "read", title: "Reading", weight: 1 },
    { name: "build", title: "Building", weight: 3 },
  ],
  outputs: [
    { name: "a.txt", contentType: "text/plain", description: "A" },
    { name: "b.bin", contentType: "application/octet-stream", description: "B" },
  ],
  timeoutS: 60,
};

/** A recipe of `testType` with one step in its first stage. */
export function makeRecipe(run: (context: JobContext) => Promise<void>): Recipe {
  return { type: testType, engines: [], createState: () => null, steps: [{ stage: "read", run }] };
}

export function makeLease(more: Partial<Lease> = {}): Lease {
  return {
    jobId: `job_${"0".repeat(26)}`,
    attempt: 1,
    leaseId: "a".repeat(32),
    ttlMs: 60_000,
    heartbeatMs: 15_000,
    type: "test",
    typeVersion: 1,
    params: {},
    executionTimeoutS: 300,
    inputs: [],
    ...more,
  };
}
