/**
 * The runner: settings → parts → serve or drain until SIGTERM, then finish or give back what runs. Only wiring. Exit codes: 0 = told to stop or drained,
 * 1 = the Worker refused or nothing works here, 2 = settings not usable, 3 = this runner and the Worker are too many versions apart.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "./clock.ts";
import { engineSettings, loadRunnerConfig, type RunnerConfig } from "./config.ts";
import { Doorbell } from "./doorbell.ts";
import type { Engine } from "./engines/engine.ts";
import { closeEngines, type Engines, makeEngines } from "./engines/engines.ts";
import { OutcomeCounter, type RunnerState, serveHealth } from "./health.ts";
import { RECIPES } from "./jobs/recipes.ts";
import { isVersionMismatch, LeaseLoop } from "./lease-loop.ts";
import { killOrphans } from "./process/kill-tree.ts";
import { probeSandbox } from "./process/sandbox.ts";
import { sweepScratch } from "./process/scratch.ts";
import { errorText, makeLog, type RunnerLog } from "./runner-log.ts";
import { WorkerClient } from "./worker-client.ts";

/** A runner that was told to stop is gone after this time, whatever happens. */
const SHUTDOWN_MS = 10_000;

async function main(): Promise<number> {
  const config = loadOrExplain();
  if (!config) return 2;
  const runnerId = `run_${randomBytes(12).toString("hex")}`;
  const log = makeLog((line) => process.stderr.write(`${line}\n`), { runnerId });
  const { stop, finish } = endOnSignal(config.drainMs, log);
  // A step that fails may leave a call behind; its later failure must not end the other jobs of this runner.
  process.on("unhandledRejection", (error) =>
    log.warn("a call that nobody waits for failed", { error: errorText(error) }),
  );
  const orphans = killOrphans();
  const swept = await sweepScratch(config.workRoot);
  if (orphans > 0 || swept.length > 0)
    log.warn("removed what a killed runner left", { processes: orphans, folders: swept.length });

  const engines = makeEngines(engineSettings(config, config.slots, (message) => log.warn(message)));
  const outcomes = new OutcomeCounter();
  const loop = await makeLoop(config, runnerId, engines, outcomes, log);
  const health =
    config.healthPort === undefined
      ? undefined
      : await serveHealth(config.healthPort, () => stateOf(loop, config, engines), outcomes);
  if (health) log.info("health", { port: health.port });
  try {
    await loop.run(stop, finish);
    return 0;
  } catch (error) {
    log.warn("the runner can't work", { error: errorText(error) });
    return isVersionMismatch(error) ? 3 : 1;
  } finally {
    health?.close();
    await closeEngines(engines);
    log.info("stopped");
  }
}

function loadOrExplain(): RunnerConfig | undefined {
  try {
    return loadRunnerConfig();
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`);
    return undefined;
  }
}

async function makeLoop(
  config: RunnerConfig,
  runnerId: string,
  engines: Engines,
  outcomes: OutcomeCounter,
  log: RunnerLog,
): Promise<LeaseLoop> {
  const { api, key, pool, name, slots, mode, jobTypes, workRoot, allowPrivateUrls } = config;
  return new LeaseLoop({
    api: new WorkerClient({ api, key }),
    recipes: RECIPES,
    engines,
    workRoot,
    allowPrivateUrls,
    clock: systemClock,
    log,
    runnerId,
    name,
    pool,
    slots,
    mode,
    jobTypes,
    sandbox: (await probeSandbox()).name,
    openDoorbell: (events) => {
      const doorbell = new Doorbell({ api, key, pool, runnerId, log, ...events });
      void doorbell.run();
      return doorbell;
    },
    onOutcome: (type, outcome) => outcomes.count(type, outcome),
  });
}

function stateOf(loop: LeaseLoop, config: RunnerConfig, engines: Engines): RunnerState {
  const warm = Object.entries(engines).flatMap(([name, { warmChildren }]: [string, Engine]) =>
    warmChildren === undefined ? [] : [[name, warmChildren]],
  );
  return {
    ready: loop.ready,
    slots: config.slots,
    busySlots: loop.busySlots,
    jobTypes: loop.jobTypes,
    warmChildren: Object.fromEntries(warm),
  };
}

/**
 * What signals ask for. The first one: take nothing new, and finish what runs within `drainMs`. The next one, or the end of
 * that time: give back what still runs. One more ends the process at once. Without `drainMs` the first two are one.
 */
function endOnSignal(drainMs: number, log: RunnerLog): { stop: AbortSignal; finish: AbortSignal } {
  const stop = new AbortController();
  const finish = new AbortController();
  const giveBack = () => {
    if (stop.signal.aborted) return;
    log.info("stopping");
    stop.abort();
    setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(1);
    if (finish.signal.aborted || drainMs === 0) return giveBack();
    log.info("draining", { signal, drainMs });
    finish.abort();
    setTimeout(giveBack, drainMs).unref();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return { stop: stop.signal, finish: finish.signal };
}

process.exit(await main());
