/** Bodies of the runner's calls, as the API's description shows them. */
const LEASE = { leaseId: "3f9a6b1c0d2e4f58796a8b7c6d5e4f30" };
const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const FILE = { bytes: 4, sha256: SHA256 };

export const REGISTER = {
  runnerId: "runner-1",
  name: "workshop",
  apiVersion: 2,
  version: "0.1.0",
  pool: "cpu",
  jobTypes: ["echo"],
  slots: 2,
  ready: true,
  engines: { ffmpeg: "5.1.6" },
  sandbox: "prlimit",
};

export const LEASE_REQUEST = {
  runnerId: "runner-1",
  requestId: "5b8c1e7a90d34f26",
  pool: "cpu",
  jobTypes: ["echo"],
  apiVersion: 2,
};

export const EXTEND = LEASE;

export const FETCHED = { ...LEASE, ...FILE, index: 0, contentType: "image/png" };

export const PROGRESS = {
  ...LEASE,
  progress: { stage: "echo", stageIndex: 0, stageCount: 1, percent: 50, etaS: 4 },
};

export const LOGS = { ...LEASE, batch: 1, lines: ["echo: 4 bytes"] };

export const ARTIFACT = { ...LEASE, ...FILE, name: "echo.txt", contentType: "text/plain; charset=utf-8" };

export const CHECKPOINT = { ...LEASE, ...FILE, name: "dense-0001.bin" };

export const PARTS = {
  ...LEASE,
  stage: "dense",
  names: ["dense-0001.bin", "dense-0002.bin"],
  atOnce: 1,
  setUpMs: 2_000,
};

export const CLAIM = { ...LEASE, count: 2, pool: "cpu", jobTypes: ["photogrammetry"] };

export const COMPLETE = {
  ...LEASE,
  manifest: {
    jobType: "echo",
    typeVersion: 1,
    params: { text: "Kiln" },
    artifacts: [{ ...FILE, name: "echo.txt", contentType: "text/plain; charset=utf-8" }],
    versions: {},
    timings: [{ stage: "echo", seconds: 0.1 }],
    peakMemoryBytes: null,
    seed: null,
    report: {},
    warnings: [],
  },
};

export const FAIL = {
  ...LEASE,
  error: { code: "input_invalid" as const, message: "The picture can't be read. Export it again as PNG." },
  retryable: false,
};

export const RELEASE = { ...LEASE, reason: "shutdown" as const };
