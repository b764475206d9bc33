/** `/admin/v1`: what the operator sees and does. Not for browsers: no CORS. */
import { Hono } from "hono";
import { z } from "zod";
import {
  type CacheStatus,
  deleteOrphansRequestSchema,
  poolSettingsSchema,
  reindexRequestSchema,
  type StorageAuditPage,
} from "#contract/admin-api.ts";
import { MAX_AUDITED_FILES } from "#contract/limits.ts";
import { poolNameSchema } from "#contract/runner-api.ts";
import { readCacheCounts } from "../durable/result-cache.ts";
import { callPool } from "../durable/stubs.ts";
import { reindexObjects } from "../maintenance/reindex.ts";
import { type AuditPlace, auditPage, deleteOrphans } from "../maintenance/storage-audit.ts";
import { runSweep } from "../maintenance/sweep.ts";
import { adminAuthentication } from "../middleware/authentication.ts";
import type { AppContext } from "../middleware/context.ts";
import { invalidRequest, parseWith, readJson, readQuery } from "./request-parsing.ts";

export const admin = new Hono<AppContext>();

const auditQuerySchema = z
  .object({
    /** A key of R2 has up to 1,024 bytes. */
    cursor: z.string().max(1_100).optional(),
    /** Files of one page; in its second half the audit goes through jobs, a tenth as many. */
    limit: z.coerce.number().int().min(10).max(MAX_AUDITED_FILES).default(MAX_AUDITED_FILES),
  })
  .strict();

admin.use(adminAuthentication);

admin.get("/pools/:pool", async (c) => {
  const pool = parseWith(poolNameSchema, c.req.param("pool"), "pool");
  return c.json(await callPool(c.env, pool, (stub) => stub.status()));
});

admin.patch("/pools/:pool", async (c) => {
  const pool = parseWith(poolNameSchema, c.req.param("pool"), "pool");
  const { paused, maxInFlightPerOwner } = await readJson(c, poolSettingsSchema);
  const settings = {
    ...(paused === undefined ? {} : { paused }),
    ...(maxInFlightPerOwner === undefined ? {} : { maxInFlightPerOwner }),
  };
  return c.json(await callPool(c.env, pool, (stub) => stub.set(settings)));
});

admin.get("/cache", async (c) => c.json((await readCacheCounts(c.env)) satisfies CacheStatus));

admin.get("/storage/audit", async (c) => {
  const { cursor, limit } = readQuery(c, auditQuerySchema);
  const { next, ...page } = await auditPage(c.env, cursor === undefined ? null : decodePlace(cursor), limit);
  return c.json({ ...page, cursor: next && encodePlace(next) } satisfies StorageAuditPage);
});

admin.post("/storage/orphans/delete", async (c) => {
  const { keys } = await readJson(c, deleteOrphansRequestSchema);
  return c.json(await deleteOrphans(c.env, keys, Date.now()));
});

admin.post("/reindex", async (c) => {
  const { objects } = await readJson(c, reindexRequestSchema);
  const result = await reindexObjects(c.env, objects);
  if (!result)
    throw invalidRequest([{ path: "objects", message: "holds an id that is no job object's of this server" }]);
  return c.json(result);
});

admin.post("/sweep", async (c) => c.json(await runSweep(c.env)));

function encodePlace({ phase, after }: AuditPlace): string {
  return `${phase}:${after}`;
}

function decodePlace(cursor: string): AuditPlace {
  const match = /^(files|jobs):(.*)$/s.exec(cursor);
  if (!match) throw invalidRequest([{ path: "cursor", message: "is not a cursor of this list" }]);
  return { phase: match[1] as AuditPlace["phase"], after: match[2] as string };
}
