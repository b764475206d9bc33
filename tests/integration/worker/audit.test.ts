/** The audit of stored files, and who may call the operator's routes. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { DeletedOrphans, StorageAuditPage } from "#contract/admin-api.ts";
import { ORPHAN_MIN_AGE_MS } from "#contract/limits.ts";
import { app } from "../../../worker/app.ts";
import type { Env } from "../../../worker/env.ts";
import {
  ADMIN_KEY,
  API_KEY,
  adminCall,
  call,
  finishEcho,
  lease,
  problemOf,
  put,
  RUNNER_KEY,
  runnerPost,
  sha256,
  storedKeys,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const bindings = env as unknown as Env;
const { BUCKET, DB } = bindings;
const ORPHAN = `jobs/job_${"0".repeat(26)}/${"a".repeat(32)}/model.glb`;

async function auditAll(limit = 200): Promise<Omit<StorageAuditPage, "cursor">> {
  const total: StorageAuditPage[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await adminCall(`storage/audit?limit=${limit}${query}`);
    expect(response.status).toBe(200);
    const page = (await response.json()) as StorageAuditPage;
    total.push(page);
    cursor = page.cursor;
  } while (cursor !== null);
  const sum = (value: (page: StorageAuditPage) => number) => total.reduce((all, page) => all + value(page), 0);
  const kind = (name: keyof StorageAuditPage["kinds"]) => ({
    keys: sum(({ kinds }) => kinds[name].keys),
    bytes: sum(({ kinds }) => kinds[name].bytes),
  });
  return {
    kinds: { upload: kind("upload"), artifact: kind("artifact"), checkpoint: kind("checkpoint"), other: kind("other") },
    orphans: total.flatMap(({ orphans }) => orphans),
    missing: total.flatMap(({ missing }) => missing),
    jobs: sum(({ jobs }) => jobs),
    namedFiles: sum(({ namedFiles }) => namedFiles),
  };
}

/** A finished job with an upload, an artifact and a checkpoint. */
async function finishedJob(): Promise<{ id: string; upload: string; artifact: string; checkpoint: string }> {
  const upload = await uploadText("hello");
  const { id } = await submitEcho({}, { inputs: [{ upload: upload.id }] });
  const held = await lease();
  if (!held) throw new Error("no lease");
  const hash = await sha256("half");
  const asked = await runnerPost(`jobs/${id}/checkpoints`, {
    leaseId: held.leaseId,
    name: "half.bin",
    bytes: 4,
    sha256: hash,
  });
  expect((await put(((await asked.json()) as { url: string }).url, "half")).status).toBe(200);
  await finishEcho(held);
  await vi.waitFor(async () =>
    expect(await DB.prepare("SELECT state FROM jobs WHERE id = ?").bind(id).first("state")).toBe("succeeded"),
  );
  const artifact = `jobs/${id}/${held.leaseId}/echo.txt`;
  return { id, upload: `uploads/${upload.id}`, artifact, checkpoint: `jobs/${id}/checkpoints/${hash}` };
}

function deleteOrphans(keys: string[]): Promise<Response> {
  return adminCall("storage/orphans/delete", { method: "POST", body: JSON.stringify({ keys }) });
}

describe("the storage audit", () => {
  it("counts by kind, and finds nothing wrong with a job's files", async () => {
    await finishedJob();
    expect(await auditAll()).toEqual({
      kinds: {
        upload: { keys: 1, bytes: 5 },
        artifact: { keys: 1, bytes: 4 },
        checkpoint: { keys: 1, bytes: 4 },
        other: { keys: 0, bytes: 0 },
      },
      orphans: [],
      missing: [],
      jobs: 1,
      namedFiles: 3,
    });
  });

  it("finds files that no record names, wherever they lie", async () => {
    const { id, artifact } = await finishedJob();
    const planted = [ORPHAN, `${artifact}.old`, `jobs/${id}/checkpoints/${"0".repeat(64)}`, "other"];
    for (const key of planted) await BUCKET.put(key, "x");
    const { orphans, kinds } = await auditAll();
    expect(orphans.map(({ key }) => key).sort()).toEqual([...planted].sort());
    expect(kinds.other).toEqual({ keys: 1, bytes: 1 });
  });

  it("finds every kind of file that a job names and R2 lacks", async () => {
    const { id, upload, artifact, checkpoint } = await finishedJob();
    await BUCKET.delete([upload, artifact, checkpoint]);
    const { missing } = await auditAll();
    expect(missing.map(({ jobId }) => jobId)).toEqual([id, id, id]);
    expect(missing.map(({ key }) => key).sort()).toEqual([upload, artifact, checkpoint].sort());
    // What the owner has deleted is not missed.
    expect((await call(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await auditAll()).missing).toEqual([]);
  });

  it("goes page by page over more files than one page has", async () => {
    const keys = Array.from({ length: 25 }, (_, i) => `left/${i + 10} ü:`);
    for (const key of keys) await BUCKET.put(key, "x");
    const { orphans, kinds } = await auditAll(10);
    expect(orphans.map(({ key }) => key)).toEqual(keys);
    expect(kinds.other).toEqual({ keys: 25, bytes: 25 });
  });

  it("deletes orphans that are asked for by name: none that is young, and none that a record names", async () => {
    const { artifact } = await finishedJob();
    await BUCKET.put(ORPHAN, "x");
    const young = (await (await deleteOrphans([ORPHAN])).json()) as DeletedOrphans;
    expect(young).toEqual({ deleted: [], kept: [ORPHAN] });
    vi.useFakeTimers({ now: Date.now() + ORPHAN_MIN_AGE_MS + 60_000, toFake: ["Date"] });
    const old = (await (await deleteOrphans([ORPHAN, artifact, "never/there"])).json()) as DeletedOrphans;
    expect(old).toEqual({ deleted: [ORPHAN], kept: [artifact, "never/there"] });
    expect(await storedKeys("jobs/")).toContain(artifact);
    expect((await auditAll()).orphans).toEqual([]);
  });

  it("refuses cursors and lists that it did not make", async () => {
    for (const query of ["cursor=nonsense", "cursor=jobs", "limit=9", "limit=201", "page=2"]) {
      expect((await problemOf(await adminCall(`storage/audit?${query}`))).status).toBe(400);
    }
    for (const keys of [[], Array.from({ length: 101 }, () => "a"), [""]]) {
      expect((await problemOf(await deleteOrphans(keys))).status).toBe(400);
    }
  });
});

describe("the operator's routes", () => {
  const ROUTES = [
    ["GET", "storage/audit"],
    ["POST", "storage/orphans/delete"],
    ["POST", "reindex"],
    ["POST", "sweep"],
    ["GET", "pools/cpu"],
    ["PATCH", "pools/cpu"],
  ] as const;

  it("let nobody in without the admin key: neither users nor runners", async () => {
    for (const [method, path] of ROUTES) {
      for (const key of [null, API_KEY, RUNNER_KEY, `${ADMIN_KEY}0`]) {
        const headers: Record<string, string> = key === null ? {} : { Authorization: `Bearer ${key}` };
        const response = await call(`/admin/v1/${path}`, { method, headers });
        expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
        expect((await problemOf(response)).code).toBe("unauthorized");
      }
    }
  });

  it("are not there on a server without that key", async () => {
    const { ADMIN_KEY: _none, ...without } = bindings;
    for (const [method, path] of ROUTES) {
      const headers = { Authorization: `Bearer ${ADMIN_KEY}` };
      const response = await app.request(`/admin/v1/${path}`, { method, headers }, { ...without });
      expect((await problemOf(response)).status).toBe(404);
    }
  });

  it("have taken the pools' settings from the runners' routes", async () => {
    const headers = { Authorization: `Bearer ${RUNNER_KEY}` };
    expect((await problemOf(await call("/runner/v1/pools/cpu", { headers }))).status).toBe(404);
  });
});
