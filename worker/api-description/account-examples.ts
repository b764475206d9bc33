/** What answers about keys and share links look like, and those that Uppy gets. */
import * as access from "#contract/access.ts";
import * as batch from "#contract/batch.ts";
import * as s3 from "#contract/s3-multipart.ts";
import * as share from "#contract/share.ts";
import { of, type SchemaExample } from "./example-of.ts";

const BEGIN = 1_796_032_800_000;
const UPLOAD_ID = "upl_2c4e6g8j0k1m3n5p7q9r2s4t6v";
const FILE_URL = "https://kiln.example/files/…?exp=1796036400&kid=k1&sig=…";

const theKey: access.ApiKey = {
  id: "key_6m8n0p1q3r5s7t9v2w4x6y8z0a",
  kind: "user",
  account: "acc_1b3d5f7h9j0k2m4n6p8q1r3s5t",
  name: "Shop",
  hint: "kiln_live_nGgp…",
  scopes: ["read", "write"],
  jobsPerHour: null,
  createdAt: BEGIN,
  expiresAt: null,
  lastUsedAt: BEGIN + 60_000,
  revokedAt: null,
};

const theShare: share.Share = {
  id: "shr_8c0d2e4f6g8h1j3k5m7n9p0q2r",
  job: "job_4s1k3wq8v6m9c0t2z5y7x1n3ab",
  token: "shr_8c0d2e4f6g8h1j3k5m7n9p0q2r.…",
  url: "https://kiln.example/s/…",
  createdAt: BEGIN,
  expiresAt: BEGIN + 86_400_000,
};

export const ACCOUNT_EXAMPLES: readonly SchemaExample[] = [
  of(access.apiKeySchema, theKey),
  of(access.apiKeyWithSecretSchema, { ...theKey, lastUsedAt: null, secret: "kiln_live_…" }),
  of(access.apiKeyListSchema, { keys: [theKey], cursor: null }),
  of(share.shareSchema, theShare),
  of(share.shareListSchema, { shares: [theShare] }),
  of(share.sharedJobSchema, {
    type: "echo",
    typeVersion: 1,
    state: "queued",
    params: { text: "Kiln" },
    progress: null,
    error: null,
    manifest: null,
    createdAt: BEGIN,
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    purgedAt: null,
    sharedUntil: BEGIN + 86_400_000,
  }),
  of(batch.batchListSchema, {
    batches: [
      {
        id: "bat_9z8y7x6w5v4t3s2r1q0p9n8m7k",
        state: "working",
        size: 2,
        counts: null,
        createdAt: BEGIN,
        finishedAt: null,
        expiresAt: null,
        cancelRequestedAt: null,
      },
    ],
    cursor: null,
  }),
  of(s3.postParamsSchema, { method: "POST", url: FILE_URL, fields: { key: UPLOAD_ID }, expires: 900 }),
  of(s3.multipartSchema, { key: UPLOAD_ID, uploadId: UPLOAD_ID }),
  of(s3.listedPartsSchema, [{ PartNumber: 1, Size: 8_388_608, ETag: '"9bb58f26192e4ba00f01e2e7b136bbd8"' }]),
  of(s3.abortedMultipartSchema, {}),
  of(s3.partUrlSchema, { url: FILE_URL, expires: 900 }),
  of(s3.completedMultipartSchema, { location: `https://kiln.example/files/uploads/${UPLOAD_ID}`, key: UPLOAD_ID }),
];
