/** `/admin/v1`: what the operator sees and does. Not for browsers: no CORS. */
import { Hono } from "hono";
import { z } from "zod";
import {
  deleteOrphansRequestSchema,
  poolSettingsSchema,
  reindexRequestSchema,
  type StorageAuditPage,
} from "#contract/admin-api.ts";
import { poolNameSchema } from "#contract/runner-api.ts";
import { callPool } from "../durable/stubs.ts";
import { reindexObjects } from "../maintenance/reindex.ts";
import { type AuditPlace, auditPage, deleteOrphans } from "../maintenance/storage-audit.ts";
import { runSweep } from "../maintenance/sweep.ts";
import { adminAuthentication } from "../middleware/authentication.ts";
import type { AppContext } from "../middleware/context.ts";
import { invalidRequest, parseWith, readJson, readQuery } from "./request-parsing.ts";

export const admin = new Hono<AppContext>();

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

admin.get("/storage/audit", async (c) => {
  const { cursor } = readQuery(c, z.object({ cursor: z.string().max(2_000).optional() }).strict());
  const { next, ...page } = await auditPage(c.env, cursor === undefined ? null : decodePlace(cursor));
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
  return encodeURIComponent(`${phase}:${after}`);
}

function decodePlace(cursor: string): AuditPlace {
  const match = /^(files|jobs)%3A([^:]*)$/.exec(cursor);
  try {
    if (match) return { phase: match[1] as AuditPlace["phase"], after: decodeURIComponent(match[2] as string) };
  } catch {
    // Told below, like every cursor that is none of ours.
  }
  throw invalidRequest([{ path: "cursor", message: "is not a cursor of this list" }]);
}
