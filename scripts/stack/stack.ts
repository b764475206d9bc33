/**
 * The whole of Kiln on this machine: Worker, site, runners. `npm start`, the demo, the end-to-end tests and the benchmarks
 * all start it through here.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "#contract/public-api.ts";
import { freePort } from "./free-port.ts";
import { localSecrets } from "./local-secrets.ts";
import { NO_LIMITS } from "./no-limits.ts";
import { RunnerProcess } from "./runner-process.ts";
import { buildSite } from "./site-build.ts";
import { lockState, noteAddress } from "./state-lock.ts";
import { startWorker, type WorkerServer, type WorkerServerOptions } from "./worker-server.ts";

export interface StackOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly stateDir: string;
  /** How many runners; 0 = jobs stay queued. */
  readonly runners: number;
  /** Whether the site is built and served. */
  readonly site: boolean;
  /** Variables for the runners. */
  readonly runnerEnv?: Readonly<Record<string, string>>;
  /** Variables for the Worker, e.g. CORS_ORIGINS. There are no limits but for those set here. */
  readonly workerVariables?: Readonly<Record<string, string>>;
  /** Lines of all parts; `source` is "worker", "runner-1" … or "stack". */
  readonly log?: (source: string, line: string) => void;
  readonly signal?: AbortSignal;
  /** What the Worker runs in; plain Miniflare unless another starter is given. */
  readonly startServer?: (options: WorkerServerOptions) => Promise<WorkerServer>;
}

export interface Stack {
  readonly url: string;
  readonly stateDir: string;
  readonly runners: readonly RunnerProcess[];
  /** Starts one more runner; it is stopped with the stack. */
  addRunner(env?: Readonly<Record<string, string>>): RunnerProcess;
  /** Starts the Worker anew on the same state and port, whatever became of the one before. */
  restartWorker(): Promise<void>;
  /** Resolves when so many runners are ready for a job; rejects when one never will be. */
  untilReady(count: number): Promise<void>;
  /** Stops runners, then the Worker. Safe to call twice. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 90_000;
const READY_POLL_MS = 100;

/** Starts everything and resolves when all runners are warm, i.e. when a job can be accepted and run at once. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stateDir = resolve(options.stateDir);
  const log = options.log ?? (() => undefined);
  const port = await freePort(options.port);
  mkdirSync(stateDir, { recursive: true });
  const unlock = lockState(stateDir);
  const runners: RunnerProcess[] = [];
  let worker: WorkerServer | null = null;
  let stopped: Promise<void> | null = null;
  const stopAll = async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
    await worker?.stop();
    unlock();
  };
  const stop = () => (stopped ??= stopAll());
  const secrets = localSecrets(stateDir);
  const api = `http://127.0.0.1:${port}`;
  const addRunner = (env: Readonly<Record<string, string>> = {}) => {
    const name = `runner-${runners.length + 1}`;
    const runner = new RunnerProcess({
      name,
      api,
      runnerKey: secrets.RUNNER_KEY,
      env: { ...options.runnerEnv, ...env },
      log: (line) => log(name, line),
    });
    runners.push(runner);
    runner.start();
    return runner;
  };
  const openWorker = () =>
    (options.startServer ?? startWorker)({
      port,
      stateDir,
      site: options.site,
      variables: { ...NO_LIMITS, ...secrets, ...options.workerVariables },
      log: (line) => log("worker", line),
    });
  const restartWorker = async () => {
    await worker?.stop();
    worker = await openWorker();
  };
  // The registry remembers runners of an earlier run on the same state for a while.
  const since = Date.now();
  const untilReady = (count: number) => waitForRunners({ api, count, since, runners, signal: options.signal });
  try {
    // Runners warm up while the Worker starts; they keep asking until it answers.
    for (let i = 0; i < options.runners; i++) addRunner();
    if (options.site) await buildSite((line) => log("stack", line));
    worker = await openWorker();
    noteAddress(stateDir, worker.url);
    await untilReady(options.runners);
    return { url: worker.url, stateDir, runners, addRunner, restartWorker, untilReady, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Polls `/health` until `count` runners say that they are warm. */
async function waitForRunners(wait: {
  readonly api: string;
  readonly count: number;
  /** Epoch ms; runners that were heard of before do not count. */
  readonly since: number;
  readonly runners: readonly RunnerProcess[];
  readonly signal?: AbortSignal;
}): Promise<void> {
  const { api, count, since, runners, signal } = wait;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(`${api}/health`, { signal });
    if (!response.ok) throw new Error(`The Worker does not work: ${response.status} ${await response.text()}`);
    const health = (await response.json()) as Health;
    if (health.runners.filter(({ ready, seenAt }) => ready && seenAt >= since).length >= count) return;
    const failed = runners.find((runner) => runner.gaveUp !== null);
    if (failed) throw new Error(`A runner does not start: ${failed.gaveUp}\n${failed.lastLines}`);
    if (Date.now() > deadline) {
      const lines = runners.map((runner) => runner.lastLines).join("\n");
      throw new Error(`No runner was ready within ${READY_TIMEOUT_MS / 1000} s. What the runners say:\n${lines}`);
    }
    await sleep(READY_POLL_MS, undefined, { signal });
  }
}
