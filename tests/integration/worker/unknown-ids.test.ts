/** Ids that name nothing: whoever tries many of them must not fill the platform's storage with empty objects. */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../../../worker/env.ts";
import { call, post, problemOf, runnerPost } from "../../helpers/worker-api.ts";

const { BATCHES, JOBS, UPLOADS } = env as unknown as Env;
const NOTHING = "0".repeat(26);

/** Names of the tables in all objects. The platform keeps nothing of an object that has written nothing. */
async function storedTables(): Promise<string[]> {
  const tables: string[] = [];
  for (const objects of [JOBS, UPLOADS, BATCHES]) {
    for (const id of await listDurableObjectIds(objects)) {
      const names = await runInDurableObject(objects.get(id), (_, { storage }) =>
        storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master").toArray(),
      );
      tables.push(...names.map(({ name }) => name));
    }
  }
  return tables;
}

describe("an id that names nothing", () => {
  it("is answered 404 wherever it is asked for, and leaves nothing behind", async () => {
    const job = `job_${NOTHING}`;
    const upload = `upl_${NOTHING}`;
    for (const path of ["", "/events", "/logs", "/artifacts/a.txt", "/archive.zip"]) {
      expect((await problemOf(await call(`/v1/jobs/${job}${path}`))).status).toBe(404);
    }
    for (const path of ["", "/jobs", "/events", "/archive.zip"]) {
      expect((await problemOf(await call(`/v1/batches/bat_${NOTHING}${path}`))).status).toBe(404);
    }
    expect((await call(`/v1/uploads/${upload}`)).status).toBe(404);
    expect((await post("/v1/jobs", { type: "echo", inputs: [{ job }] })).status).toBe(404);
    expect((await post("/v1/jobs", { type: "echo", inputs: [{ upload }] })).status).toBe(404);
    const checkpoint = { leaseId: "0".repeat(32), name: "a", bytes: 1, sha256: "0".repeat(64) };
    expect((await runnerPost(`jobs/${job}/checkpoints`, checkpoint)).status).toBe(404);
    expect((await runnerPost(`jobs/${job}/extend`, { leaseId: "0".repeat(32) })).status).toBe(404);
    expect(await storedTables()).toEqual([]);
  });
});
