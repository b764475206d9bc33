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

/** In the runner, each layer sees only those below it; the two leaf files hold words that all layers share. */
const RUNNER_WORDS = ["gpu-runner/jobs/job.ts", "gpu-runner/job-failure.ts"];
const RUNNER_PROCESS = ["gpu-runner/process/", ...RUNNER_WORDS, "contract/"];
const RUNNER_ENGINES = ["gpu-runner/engines/", ...RUNNER_PROCESS];
const RUNNER_JOBS = ["gpu-runner/jobs/", ...RUNNER_ENGINES];

export const IMPORT_TABLE: readonly Zone[] = [
  { path: "contract/", zones: [], packages: ["zod"] },
  { path: "client/", zones: ["contract/"], packages: ["zod", "eventsource-parser"] },

  { path: "worker/", zones: ["contract/"], packages: ["*"] },
  { path: "worker/domain/", zones: ["contract/"], packages: [] },
  { path: "worker/storage/", zones: ["worker/domain/", "worker/env.ts", "contract/"], packages: ["zod"] },
  { path: "worker/providers/", zones: ["worker/domain/", "contract/"], packages: ["zod"] },
  {
    path: "worker/durable/",
    zones: ["worker/domain/", "worker/storage/", "worker/providers/", "worker/env.ts", "contract/"],
    packages: ["cloudflare:workers", "itty-durable", "zod"],
  },
  {
    path: "worker/middleware/",
    zones: ["worker/domain/", "worker/storage/", "worker/durable/", "worker/env.ts", "contract/"],
    packages: ["*"],
  },
  {
    path: "worker/routes/",
    zones: [
      "worker/domain/",
      "worker/storage/",
      "worker/durable/",
      "worker/middleware/",
      "worker/env.ts",
      "worker/problem.ts",
      "contract/",
    ],
    packages: ["*"],
  },

  { path: "gpu-runner/", zones: ["contract/"], packages: ["*"] },
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
    zones: ["scripts/", "bench/", "client/", "cli/", "contract/", "gpu-runner/", "pages/", "worker/"],
    packages: ["*"],
  },
  { path: "vitest.config.ts", zones: [], packages: ["*"] },
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
    only: ["gpu-runner/process/"],
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
    in: "worker/routes/",
    only: [],
    expressions: ["env.DB", "env.FILES", "c.env.DB", "c.env.FILES"],
  },
];

/** Module names that say nothing about what is inside. */
export const BANNED_MODULE_NAMES = ["utils", "util", "common", "helpers", "types", "misc"];
/** Where such a folder name is allowed. */
export const BANNED_NAMES_EXCEPT = ["tests/"];
/** Longest file, in lines. */
export const MAX_FILE_LINES = 400;
