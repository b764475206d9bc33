/** Checkpoints as a runner writes and reads them. */
import { expect } from "vitest";
import type { Checkpoint, Lease } from "#contract/runner-api.ts";
import { call, put, runnerPost, sha256 } from "./worker-api.ts";

/** Asks where a checkpoint goes. */
export async function checkpointTarget(held: Lease, name: string, text: string): Promise<Response> {
  const bytes = new TextEncoder().encode(text).length;
  const body = { leaseId: held.leaseId, name, bytes, sha256: await sha256(text) };
  return runnerPost(`jobs/${held.jobId}/checkpoints`, body);
}

/** Keeps `text` under `name`. */
export async function keepCheckpoint(held: Lease, name: string, text: string): Promise<Response> {
  const response = await checkpointTarget(held, name, text);
  if (response.status !== 200) return response;
  return put(((await response.json()) as { url: string }).url, text);
}

/** What the job has kept, as the runner is told. */
export async function listCheckpoints(held: Lease): Promise<Checkpoint[]> {
  const response = await runnerPost(`jobs/${held.jobId}/checkpoints/list`, { leaseId: held.leaseId });
  expect(response.status).toBe(200);
  return ((await response.json()) as { checkpoints: Checkpoint[] }).checkpoints;
}

/** Names and texts of all checkpoints. */
export async function readCheckpoints(held: Lease): Promise<Record<string, string>> {
  const texts = (await listCheckpoints(held)).map(
    async ({ name, url }) => [name, new TextDecoder().decode(await (await call(url)).arrayBuffer())] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}
