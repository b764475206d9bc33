/** What answers look like: one example of each kind, checked by its type and, in a test, by its schema. */
import type { z } from "zod";
import * as admin from "#contract/admin-api.ts";
import * as batch from "#contract/batch.ts";
import * as caller from "#contract/caller.ts";
import * as job from "#contract/job.ts";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import * as manifest from "#contract/manifest.ts";
import * as preset from "#contract/preset.ts";
import * as publicApi from "#contract/public-api.ts";
import * as runnerApi from "#contract/runner-api.ts";
import * as upload from "#contract/upload.ts";
import * as usage from "#contract/usage.ts";
import * as webhook from "#contract/webhook.ts";
import { ACCOUNT_EXAMPLES } from "./account-examples.ts";
import { of } from "./example-of.ts";
import { BEGIN, JOB_ID, theJob, theManifest, theQueuedJob, UPLOAD_ID } from "./job-examples.ts";
import { COMPLETE, FETCHED } from "./runner-examples.ts";

const EARLIER_ID = "job_7h2d9f4k1m6p3r8t5v0w2x4y6z";
const BATCH_ID = "bat_9z8y7x6w5v4t3s2r1q0p9n8m7k";
const WEBHOOK_ID = "whk_3b5d7f9h2j4k6m8n0p1q3r5s7t";
const FILE_URL = "https://kiln.example/files/…?exp=1796036400&kid=k1&sig=…";

const { leaseId: LEASE_ID } = COMPLETE;
const { sha256: SHA256 } = FETCHED;

const theUpload: upload.Upload = {
  id: UPLOAD_ID,
  state: "pending",
  mode: "single",
  filename: "logo.svg",
  contentType: "image/svg+xml",
  bytes: 1_204,
  partBytes: 1_204,
  partCount: 1,
  parts: [],
  targets: [{ partNumber: 1, bytes: 1_204, url: FILE_URL }],
  createdAt: BEGIN,
  expiresAt: BEGIN + 86_400_000,
};

const noJobs: batch.BatchCounts = {
  waiting: 0,
  queued: 0,
  running: 0,
  canceling: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  expired: 0,
};

const theBatch: batch.Batch = {
  id: BATCH_ID,
  state: "working",
  size: 2,
  counts: { ...noJobs, queued: 1, running: 1 },
  percent: 25,
  failures: [],
  seq: 3,
  createdAt: BEGIN,
  finishedAt: null,
  expiresAt: null,
  cancelRequestedAt: null,
};

const theWebhook: webhook.Webhook = {
  id: WEBHOOK_ID,
  url: "https://shop.example/kiln",
  events: ["job.failed"],
  description: "Failed jobs",
  enabled: true,
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  oldSecretUntil: null,
  createdAt: BEGIN,
};

const theDelivery: webhook.Delivery = {
  id: "dlv_12",
  eventId: "evt_1a3c5e7g9h0j2k4m6n8p1q3r5s",
  type: "ping",
  state: "pending",
  createdAt: BEGIN,
  tries: [],
  nextTryAt: BEGIN,
};

const thePreset: preset.Preset = {
  type: "remove-background",
  name: "shop-window",
  title: "Shop window",
  description: "On our own sand colour",
  params: { crop: true, backgroundColor: "#f4f1ea" },
  createdAt: BEGIN,
  updatedAt: BEGIN,
};

const used: usage.UsageAmount = {
  jobs: 12,
  states: { succeeded: 11, failed: 1 },
  runSeconds: 93.4,
  bytesIn: 14_400,
  bytesOut: 8_214_000,
  unmeasured: 0,
  estimatedCost: 0.0156,
};

const theHealth: publicApi.Health = {
  status: "ok",
  ready: true,
  version: "0.1.0",
  runners: [
    { id: "runner-1", name: "workshop", pool: "cpu", jobTypes: ["echo"], slots: 2, ready: true, seenAt: BEGIN },
  ],
};

const echo = describeJobType(JOB_TYPES.find(({ name }) => name === "echo") as (typeof JOB_TYPES)[number]);
const noFiles = { keys: 0, bytes: 0 };

const EXAMPLES = new Map<z.ZodType, unknown>([
  ...ACCOUNT_EXAMPLES,
  of(publicApi.jobTypeInfoSchema, echo),
  of(publicApi.jobTypeListSchema, { jobTypes: [echo] }),
  of(upload.uploadSchema, theUpload),
  of(job.jobSchema, theJob),
  of(publicApi.jobListSchema, { jobs: [theJob], cursor: null }),
  of(publicApi.bulkResultSchema, { changed: 3, skipped: 0, cursor: null }),
  of(publicApi.logPageSchema, {
    lines: [{ seq: 4, at: BEGIN + 200, attempt: 1, line: "2 colours, 5 shapes" }],
    next: 4,
  }),
  of(manifest.manifestSchema, theManifest),
  of(publicApi.jobVersionsSchema, {
    asset: EARLIER_ID,
    versions: [
      { ...theJob, rerunOf: EARLIER_ID, changed: [{ param: "depthMm", from: null, to: 4 }] },
      { ...theJob, id: EARLIER_ID, params: { widthMm: 80 }, changed: null },
    ],
  }),
  of(publicApi.jobComparisonSchema, {
    job: EARLIER_ID,
    with: JOB_ID,
    params: [{ param: "depthMm", from: null, to: 4 }],
    typeVersion: { from: 1, to: 1 },
    versions: [],
    artifacts: [{ name: "model.glb", same: false, from: 480_020, to: 482_104 }],
  }),
  of(batch.batchSchema, theBatch),
  of(batch.batchJobListSchema, {
    jobs: [{ number: 1, key: "first", id: JOB_ID, type: "echo", state: "running", percent: 50, error: null }],
    cursor: null,
  }),
  of(preset.presetSchema, thePreset),
  of(preset.presetListSchema, { presets: [thePreset] }),
  of(usage.usageSchema, {
    from: "2026-11-22",
    to: "2026-11-22",
    currency: "USD",
    costPerRunnerHour: 0.6,
    truncated: false,
    total: used,
    types: [{ type: "remove-background", ...used }],
    days: [{ day: "2026-11-22", ...used }],
  }),
  of(caller.callerSchema, {
    kind: "session",
    scopes: ["read", "write", "webhooks"],
    key: null,
    limits: { jobsPerHour: 5, bytesPerDay: 1_000_000_000, jobsInFlight: 10, uploadBytes: 100_000_000 },
  }),
  of(webhook.webhookSchema, theWebhook),
  of(webhook.webhookWithSecretSchema, { ...theWebhook, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=" }),
  of(webhook.webhookListSchema, { webhooks: [theWebhook] }),
  of(webhook.deliverySchema, theDelivery),
  of(webhook.deliveryListSchema, { deliveries: [theDelivery], cursor: null }),
  of(publicApi.healthSchema, theHealth),
  of(publicApi.livenessSchema, { status: "ok" }),
  of(publicApi.readinessSchema, { ready: true }),
  of(runnerApi.registerResponseSchema, { heartbeatMs: 15_000, pollMs: 15_000, apiVersion: 2 }),
  of(runnerApi.leaseSchema, {
    jobId: JOB_ID,
    attempt: 1,
    leaseId: LEASE_ID,
    ttlMs: 60_000,
    heartbeatMs: 15_000,
    type: "echo",
    typeVersion: 1,
    params: { text: "Kiln" },
    executionTimeoutS: 600,
    inputs: [{ url: FILE_URL, filename: "a.txt", bytes: 4, contentType: "text/plain", role: null }],
  }),
  of(runnerApi.leaseStatusSchema, { ttlMs: 60_000, cancel: false }),
  of(runnerApi.settledSchema, { state: "succeeded" }),
  of(runnerApi.artifactTargetSchema, { url: FILE_URL }),
  of(runnerApi.checkpointTargetSchema, { url: FILE_URL }),
  of(runnerApi.checkpointListSchema, {
    checkpoints: [{ name: "dense-0001.bin", bytes: 4_096, sha256: SHA256, url: FILE_URL }],
  }),
  of(runnerApi.claimedSchema, { names: ["dense-0007.bin"] }),
  of(admin.poolStatusSchema, {
    paused: false,
    maxInFlightPerOwner: 1_000,
    ready: 3,
    asleep: 0,
    inFlight: 1,
    doorbells: 2,
  }),
  of(admin.cacheStatusSchema, { entries: 12, hits: 4, misses: 20 }),
  of(admin.storageAuditPageSchema, {
    kinds: { upload: { keys: 1, bytes: 1_204 }, artifact: noFiles, checkpoint: noFiles, other: noFiles },
    orphans: [],
    jobs: 1,
    namedFiles: 1,
    missing: [],
    cursor: null,
  }),
  of(admin.deletedOrphansSchema, { deleted: [`uploads/${UPLOAD_ID}`], kept: [] }),
  of(admin.reindexResultSchema, { listed: 1, pending: 0, empty: 0 }),
  of(admin.sweepReportSchema, {
    jobsAsked: 0,
    rowsOfNoJob: 0,
    batchesAsked: 0,
    rowsOfNoBatch: 0,
    filesSeen: 12,
    filesDeleted: 0,
    isAround: true,
    failed: 0,
  }),
]);

/** An answer of this schema, without what the schema does not have; undefined when there is no example that fits it. */
export function answerExample(schema: z.ZodType, status: number): unknown {
  // What is accepted is only begun.
  const example = schema === job.jobSchema && status === 202 ? theQueuedJob : EXAMPLES.get(schema);
  return schema.safeParse(example).data;
}
