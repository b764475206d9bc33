/** `/admin/v1`: what the operator sees and does. Not for browsers: no CORS. */
import { z } from "zod";
import {
  type CacheStatus,
  cacheStatusSchema,
  deletedOrphansSchema,
  deleteOrphansRequestSchema,
  poolSettingsSchema,
  poolStatusSchema,
  reindexRequestSchema,
  reindexResultSchema,
  type StorageAuditPage,
  storageAuditPageSchema,
  sweepReportSchema,
} from "#contract/admin-api.ts";
import { MAX_AUDITED_FILES } from "#contract/limits.ts";
import { poolNameSchema } from "#contract/runner-api.ts";
import { readCacheCounts } from "../durable/result-cache.ts";
import { callPool } from "../durable/stubs.ts";
import { reindexObjects } from "../maintenance/reindex.ts";
import { type AuditPlace, auditPage, deleteOrphans } from "../maintenance/storage-audit.ts";
import { runSweep } from "../maintenance/sweep.ts";
import { Resource } from "./operation.ts";
import { integerText, invalidRequest, parseWith } from "./request-parsing.ts";

export const admin = new Resource("/admin/v1", { tag: "Operator", access: "admin" });

const auditQuerySchema = z
  .object({
    // A key of R2 has up to 1,024 bytes.
    cursor: z
      .string()
      .max(1_100)
      .optional()
      .meta({ description: "`cursor` of the page before. Left out: from the first on" }),
    limit: integerText(z.number().int().min(10).max(MAX_AUDITED_FILES))
      .default(MAX_AUDITED_FILES)
      .meta({ description: "Files of one page; in its second half the audit goes through jobs, a tenth as many" }),
  })
  .strict();

const poolParam = { pool: poolNameSchema };
const poolStatus = { 200: { description: "The pool", schema: poolStatusSchema } };

admin.get(
  "/pools/{pool}",
  { operationId: "readPool", summary: "Read a pool", params: poolParam, answers: poolStatus },
  async (c) => {
    const pool = parseWith(poolNameSchema, c.req.param("pool"), "pool");
    return c.json(await callPool(c.env, pool, (stub) => stub.status()));
  },
);

admin.patch(
  "/pools/{pool}",
  {
    operationId: "updatePool",
    summary: "Pause, resume or limit a pool",
    description: "What is left out stays. A paused pool takes jobs and begins none.",
    params: poolParam,
    body: poolSettingsSchema,
    examples: { pause: { paused: true } },
    answers: poolStatus,
  },
  async (c, { body: { paused, maxInFlightPerOwner } }) => {
    const pool = parseWith(poolNameSchema, c.req.param("pool"), "pool");
    const settings = {
      ...(paused === undefined ? {} : { paused }),
      ...(maxInFlightPerOwner === undefined ? {} : { maxInFlightPerOwner }),
    };
    return c.json(await callPool(c.env, pool, (stub) => stub.set(settings)));
  },
);

admin.get(
  "/cache",
  {
    operationId: "readCacheCounts",
    summary: "Count hits of the result cache",
    answers: { 200: { description: "Entries, hits and misses", schema: cacheStatusSchema } },
  },
  async (c) => c.json((await readCacheCounts(c.env)) satisfies CacheStatus),
);

admin.get(
  "/storage/audit",
  {
    operationId: "auditStorage",
    summary: "Audit the storage",
    description: "One page: files that no record names, and files that a job names and the storage lacks.",
    query: auditQuerySchema,
    answers: {
      200: { description: "A page of the audit; the last one has no cursor", schema: storageAuditPageSchema },
    },
  },
  async (c, { query: { cursor, limit } }) => {
    const { next, ...page } = await auditPage(c.env, cursor === undefined ? null : decodePlace(cursor), limit);
    return c.json({ ...page, cursor: next && encodePlace(next) } satisfies StorageAuditPage);
  },
);

admin.post(
  "/storage/orphans/delete",
  {
    operationId: "deleteOrphans",
    summary: "Delete files that no record names",
    description: "Each is asked about once more; one that is younger than an hour stays.",
    body: deleteOrphansRequestSchema,
    examples: { one: { keys: ["uploads/upl_00000000000000000000000000"] } },
    answers: { 200: { description: "Which were deleted, and which were kept", schema: deletedOrphansSchema } },
  },
  async (c, { body: { keys } }) => c.json(await deleteOrphans(c.env, keys, Date.now())),
);

admin.post(
  "/reindex",
  {
    operationId: "reindexJobs",
    summary: "Rebuild the lists",
    description: "The jobs, or batches, in these Durable Objects write their rows of D1 again.",
    body: reindexRequestSchema,
    examples: { one: { objects: ["0".repeat(64)] } },
    answers: { 200: { description: "How many were written", schema: reindexResultSchema } },
  },
  async (c, { body: { kind, objects } }) => {
    const result = await reindexObjects(c.env, kind, objects);
    if (!result)
      throw invalidRequest([{ path: "objects", message: "holds an id that is no such object's of this server" }]);
    return c.json(result);
  },
);

admin.post(
  "/sweep",
  {
    operationId: "runSweep",
    summary: "Run the sweep",
    description: "What the clock runs every ten minutes: jobs whose alarm was missed, files that nobody names.",
    answers: { 200: { description: "What was done", schema: sweepReportSchema } },
  },
  async (c) => c.json(await runSweep(c.env)),
);

function encodePlace({ phase, after }: AuditPlace): string {
  return `${phase}:${after}`;
}

function decodePlace(cursor: string): AuditPlace {
  const match = /^(files|jobs):(.*)$/s.exec(cursor);
  if (!match) throw invalidRequest([{ path: "cursor", message: "is not a cursor of this list" }]);
  return { phase: match[1] as AuditPlace["phase"], after: match[2] as string };
}
