/** A job as answers show it: a logo that has become a model, and the same when it was submitted. */
import type { Job } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import { FETCHED } from "./runner-examples.ts";

export const BEGIN = 1_796_032_800_000;
export const JOB_ID = "job_4s1k3wq8v6m9c0t2z5y7x1n3ab";
export const UPLOAD_ID = "upl_2c4e6g8j0k1m3n5p7q9r2s4t6v";
const { sha256: SHA256 } = FETCHED;

export const theManifest: Manifest = {
  jobType: "logo-to-3d",
  typeVersion: 1,
  params: { widthMm: 80, depthMm: 4 },
  artifacts: [
    { name: "model.glb", bytes: 482_104, sha256: SHA256, contentType: "model/gltf-binary" },
    { name: "preview.webp", bytes: 11_872, sha256: SHA256, contentType: "image/webp" },
  ],
  versions: { blender: "4.5.15" },
  timings: [
    { stage: "read", seconds: 0.1 },
    { stage: "build", seconds: 0.4 },
  ],
  peakMemoryBytes: 418_000_000,
  seed: null,
  report: { sizeMm: [80, 80, 4] },
  warnings: [],
};

export const theJob: Job = {
  id: JOB_ID,
  type: "logo-to-3d",
  typeVersion: 1,
  state: "succeeded",
  params: { widthMm: 80, depthMm: 4 },
  inputs: [
    {
      upload: UPLOAD_ID,
      job: null,
      artifact: null,
      filename: "logo.svg",
      bytes: 1_204,
      contentType: "image/svg+xml",
      role: null,
    },
  ],
  pool: "cpu",
  rerunOf: null,
  asset: JOB_ID,
  batch: null,
  cached: false,
  pinned: false,
  attempt: 1,
  maxAttempts: 3,
  progress: { stage: "check", stageIndex: 4, stageCount: 5, percent: 100, etaS: 0 },
  error: null,
  attempts: [
    {
      attempt: 1,
      runnerId: "runner-1",
      startedAt: BEGIN + 80,
      endedAt: BEGIN + 2_480,
      outcome: "succeeded",
      error: null,
    },
  ],
  manifest: theManifest,
  seq: 6,
  createdAt: BEGIN,
  queue: null,
  notBefore: null,
  startedAt: BEGIN + 80,
  finishedAt: BEGIN + 2_480,
  expiresAt: BEGIN + 86_402_480,
  purgedAt: null,
};

/** The same job a moment after it was submitted. */
export const theQueuedJob: Job = {
  ...theJob,
  state: "queued",
  attempt: 0,
  progress: null,
  attempts: [],
  manifest: null,
  seq: 1,
  startedAt: null,
  finishedAt: null,
  expiresAt: null,
};
