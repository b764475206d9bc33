/** A small and always equal share of `npm run api-fuzz`: a call of each kind, as users, runners and the operator. */
import { expect, test } from "vitest";
import { runFuzz } from "../../bench/api-fuzz/run-fuzz.ts";

const OPERATIONS = [
  ...["createUpload", "readUpload", "submitJob", "listJobs", "readJob", "readJobLog", "compareJobs", "listBatchJobs"],
  ...["createWebhook", "registerRunner", "updatePool"],
];

test("the API answers as /openapi.json says, to right calls and to wrong ones", async () => {
  const summary = await runFuzz({ examples: 5, seed: 1, phases: ["fuzzing"], operations: OPERATIONS });
  expect(summary.failures, summary.output).toBe(0);
  expect(summary.serverErrors).toBe(0);
  expect(summary.operations).toBe(OPERATIONS.length);
  // Both kinds of each call.
  expect(summary.cases).toBeGreaterThan(OPERATIONS.length * 5);
});
