/** What an operator does with a local stack's state: the list of jobs is lost and rebuilt, the stored files are audited. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import type { JobList } from "#contract/public-api.ts";
import { openServer } from "../../scripts/operator/open-server.ts";
import { auditStorage, isClean } from "../../scripts/operator/storage-audit.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { localObjects, persistenceDir } from "../../scripts/stack/worker-server.ts";

const headers = { "Kiln-Session": "a".repeat(32), "Content-Type": "application/json" };
const folder = await mkdtemp(join(tmpdir(), "kiln-operator-"));
const options = { url: null, stateDir: folder, fix: false };

afterAll(() => rm(folder, { recursive: true, force: true }));

async function list(url: string): Promise<JobList["jobs"]> {
  return ((await (await fetch(`${url}/v1/jobs`, { headers })).json()) as JobList).jobs;
}

/** Runs SQL on the one database of a kind, while nothing else does. */
async function runSql(kind: "d1" | "r2", sql: string): Promise<void> {
  const dir = join(persistenceDir(folder), "v3", kind);
  const files = (await readdir(dir, { recursive: true })).filter((file) => /[0-9a-f]{64}\.sqlite$/.test(file));
  for (const file of files) {
    const database = new DatabaseSync(join(dir, file));
    database.exec(sql);
    database.close();
  }
}

test("a lost list of jobs is rebuilt from the files of the objects, and the audit finds what was planted", async () => {
  const stack = await startStack({ port: 0, stateDir: folder, runners: 0, site: false });
  const bytes = "hello";
  const upload = { filename: "a.txt", bytes: bytes.length };
  const created = await fetch(`${stack.url}/v1/uploads`, { method: "POST", headers, body: JSON.stringify(upload) });
  const { id, targets } = (await created.json()) as { id: string; targets: { url: string }[] };
  await fetch(targets[0]?.url ?? "", { method: "PUT", body: bytes });
  await fetch(`${stack.url}/v1/uploads/${id}/complete`, { method: "POST", headers });
  for (const inputs of [[{ upload: id }], []]) {
    const body = JSON.stringify({ type: "echo", inputs });
    expect((await fetch(`${stack.url}/v1/jobs`, { method: "POST", headers, body })).status).toBe(202);
  }
  await expect.poll(() => list(stack.url)).toHaveLength(2);
  const before = await list(stack.url);
  // While it runs, the commands ask it.
  const running = await openServer(options);
  expect(running.url).toBe(stack.url);
  expect(isClean(await auditStorage(running.client))).toBe(true);
  const { secret } = await running.client.createKey({ name: "Shop" });
  expect((await fetch(`${stack.url}/v1/keys`, { headers: { "X-API-Key": secret } })).status).toBe(200);
  await stack.stop();
  await runSql("d1", "DELETE FROM jobs");
  await runSql("r2", "UPDATE _mf_objects SET key = 'uploads/upl_00000000000000000000000000'");
  // While none runs, they start one for themselves.
  const server = await openServer(options);
  try {
    expect(await list(server.url)).toEqual([]);
    expect(await server.client.reindex("jobs", await localObjects(folder, "JobObject"))).toEqual({
      listed: 2,
      pending: 0,
      empty: 0,
    });
    expect(await list(server.url)).toEqual(before);
    const audit = await auditStorage(server.client);
    expect(audit.orphans.map(({ key }) => key)).toEqual(["uploads/upl_00000000000000000000000000"]);
    expect(audit.missing).toEqual([{ jobId: expect.any(String), key: `uploads/${id}` }]);
  } finally {
    await server.close();
  }
});
