/**
 * Who may import whom: the table of the README, as data. A file belongs to the zone with the longest matching path.
 * What is not allowed here is an error of `npm run check`. Type-only imports count too: a type is a dependency.
 */

export interface Zone {
  /** A folder (ends in "/") or a file. */
  readonly path: string;
  /** Zones it may import besides itself. A folder stands for everything below it. */
  readonly zones: readonly string[];
  /** npm packages and Node builtins it may import; "*" = any. */
  readonly packages: readonly string[];
}

/** In the runner, each layer sees only those below it. */
const RUNNER_PROCESS = ["gpu-runner/process/", "contract/"];
const RUNNER_ENGINES = ["gpu-runner/engines/", ...RUNNER_PROCESS];
const RUNNER_JOBS = ["gpu-runner/jobs/", ...RUNNER_ENGINES];
/** Parts of the runner that know neither the attempt nor the loop above them. */
const RUNNER_PARTS = ["clock", "runner-api", "runner-log", "version"].map(runnerFile);
/** What the Worker's layers share: bindings, and its one error type. */
const WORKER_WORDS = ["worker/env.ts", "worker/errors.ts"];

export const IMPORT_TABLE: readonly Zone[] = [
  { path: "contract/", zones: [], packages: ["zod"] },
  { path: "client/", zones: ["contract/"], packages: ["eventsource-parser", "fast-sha256"] },
  // Which addresses may be called on a user's behalf: the Worker and the runner must not answer that differently.
  { path: "public-address/", zones: [], packages: ["ipaddr.js"] },

  { path: "worker/", zones: ["contract/"], packages: ["*"] },
  { path: "worker/domain/", zones: ["contract/"], packages: [] },
  { path: "worker/storage/", zones: ["worker/domain/", ...WORKER_WORDS, "contract/"], packages: ["zod"] },
  { path: "worker/providers/", zones: ["worker/domain/", "contract/"], packages: ["zod"] },
  {
    path: "worker/durable/",
    zones: [
      ...["worker/domain/", "worker/storage/", "worker/providers/", ...WORKER_WORDS],
      ...["public-address/", "contract/"],
    ],
    packages: ["cloudflare:workers", "itty-durable", "standardwebhooks", "zod"],
  },
  {
    path: "worker/maintenance/",
    zones: ["worker/domain/", "worker/storage/", "worker/durable/", ...WORKER_WORDS, "contract/"],
    packages: [],
  },
  {
    path: "worker/middleware/",
    zones: ["worker/domain/", "worker/storage/", "worker/durable/", ...WORKER_WORDS, "contract/"],
    packages: ["*"],
  },
  {
    path: "worker/api-description/",
    zones: ["worker/routes/operation.ts", "contract/"],
    packages: ["zod", "zod-openapi"],
  },
  {
    path: "worker/routes/",
    zones: [
      ...["api-description", "domain", "storage", "durable", "maintenance", "middleware"].map(
        (room) => `worker/${room}/`,
      ),
      ...[...WORKER_WORDS, "public-address/", "contract/"],
    ],
    packages: ["*"],
  },

  { path: "gpu-runner/", zones: ["contract/"], packages: ["*"] },
  {
    path: "gpu-runner/lease-loop.ts",
    zones: [
      ...["attempt/attempt", "attempt/assist-attempt", "offer", "wake-up"].map(runnerFile),
      ...RUNNER_PARTS,
      "contract/",
    ],
    packages: ["*"],
  },
  { path: "gpu-runner/attempt/", zones: [...RUNNER_PARTS, ...RUNNER_JOBS, "public-address/"], packages: ["*"] },
  {
    // Runs leased and local jobs alike, so it knows neither leases nor the Worker.
    path: "gpu-runner/attempt/recipe-runner.ts",
    zones: [
      ...[
        "attempt/stage-progress",
        "attempt/part-sharing",
        "attempt/collect-artifacts",
        "attempt/workspace",
        "version",
      ].map(runnerFile),
      ...RUNNER_JOBS,
    ],
    packages: ["*"],
  },
  { path: "gpu-runner/process/", zones: RUNNER_PROCESS, packages: ["*"] },
  { path: "gpu-runner/engines/", zones: RUNNER_ENGINES, packages: ["*"] },
  { path: "gpu-runner/jobs/", zones: RUNNER_JOBS, packages: ["*"] },

  { path: "pages/", zones: ["client/", "contract/"], packages: ["*"] },
  { path: "cli/", zones: ["client/", "contract/"], packages: ["*"] },

  // What builds, runs and tests the rest may see the rest.
  { path: "scripts/", zones: ["client/", "cli/", "contract/", "gpu-runner/"], packages: ["*"] },
  {
    path: "bench/",
    zones: ["scripts/", "client/", "cli/", "contract/", "gpu-runner/", "tests/helpers/"],
    packages: ["*"],
  },
  {
    path: "tests/",
    zones: [
      "scripts/",
      "bench/",
      "client/",
      "cli/",
      "contract/",
      "public-address/",
      "gpu-runner/",
      "pages/",
      "worker/",
    ],
    packages: ["*"],
  },
  { path: "vitest.config.ts", zones: ["scripts/stack/"], packages: ["*"] },
];

/** Things only one place may touch. `in` = where the rule holds, `only` = the files or folders that are excepted. */
export interface Reserved {
  readonly what: string;
  readonly in: string;
  readonly only: readonly string[];
  readonly packages?: readonly string[];
  /** Source text of a member expression or of a called name, e.g. `process.env`, `fetch`. */
  readonly expressions?: readonly string[];
}

export const RESERVED: readonly Reserved[] = [
  {
    what: "starting a child process",
    in: "gpu-runner/",
    // The echo engine's child leaks a process on request, which is what it is for.
    only: ["gpu-runner/process/", "gpu-runner/engines/echo/"],
    packages: ["node:child_process", "execa"],
  },
  {
    what: "reading the environment",
    in: "gpu-runner/",
    only: ["gpu-runner/config.ts", "gpu-runner/engines/python-environment.mjs"],
    expressions: ["process.env"],
  },
  {
    what: "calling the Worker",
    in: "gpu-runner/",
    only: ["gpu-runner/worker-client.ts"],
    expressions: ["fetch", "globalThis.fetch"],
  },
  {
    what: "SQL and R2",
    in: "worker/",
    only: ["worker/storage/"],
    // Handing the binding on is fine, using it is not.
    expressions: ["DB", "BUCKET"].flatMap((binding) =>
      ["env", "c.env", "this.env"].flatMap((env) =>
        ["prepare", "batch", "exec", "get", "put", "head", "list", "delete", "createMultipartUpload"].map(
          (method) => `${env}.${binding}.${method}`,
        ),
      ),
    ),
  },
];

/** Module names that say nothing about what is inside. */
export const BANNED_MODULE_NAMES = ["utils", "util", "common", "helpers", "types", "misc"];
/** Where such a folder name is allowed. */
export const BANNED_NAMES_EXCEPT = ["tests/"];
/** Longest file, in lines. */
export const MAX_FILE_LINES = 400;

function runnerFile(name: string): string {
  return `gpu-runner/${name}.ts`;
}
