/**
 * One attempt at one job: download, run the recipe, upload, settle. One AbortController is the only source of
 * cancellation: a cancel, a lost lease, the time-out and the runner's shutdown all end in it, and the first one is the
 * reason. What is reported about a stopped attempt goes out on a signal of its own.
 */
import { randomBytes } from "node:crypto";
import type { JobError } from "#contract/job.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Clock } from "../clock.ts";
import type { Engines } from "../engines/engines.ts";
import { JobFailure, type Recipe } from "../jobs/job.ts";
import { ApiError, LeaseLostError, type RunnerApi } from "../runner-api.ts";
import { errorText, type RunnerLog } from "../runner-log.ts";
import { AttemptCheckpoints } from "./attempt-checkpoints.ts";
import type { CollectedArtifact } from "./collect-artifacts.ts";
import { downloadInputs, TRANSFERS_AT_ONCE } from "./download-inputs.ts";
import { inParallel } from "./in-parallel.ts";
import { JobReporter } from "./job-reporter.ts";
import { LeadParts } from "./lead-parts.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { addressRules } from "./public-lookup.ts";
import { checkInputs, type RecipeResult, runRecipe } from "./recipe-runner.ts";
import { Workspace } from "./workspace.ts";

/** `assisted`: all parts are made that were wanted of an assistant. */
export type StopReason = "cancel" | "lease_lost" | "timeout" | "shutdown" | "assisted";
export type AttemptOutcome = "succeeded" | "failed" | "canceled" | "released" | "lease_lost" | "assisted";

/** How long a report about the end of an attempt is tried. On shutdown the whole runner has 10 s. */
const REPORT_MS = 30_000;
const SHUTDOWN_REPORT_MS = 4_000;
const FLUSH_MS = 5_000;
/** `jobErrorSchema` takes no longer message. */
const MAX_MESSAGE_CHARS = 2_000;

/** The reason of the attempt's signal. */
export class AttemptStopped extends Error {
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(`the attempt was stopped: ${reason}`);
    this.name = "AttemptStopped";
    this.reason = reason;
  }
}

export interface AttemptDeps {
  readonly api: RunnerApi;
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly engines: Engines;
  readonly workRoot: string;
  /** Inputs may come from http and private addresses. Default: they may not. */
  readonly allowPrivateUrls?: boolean;
  readonly clock: Clock;
  readonly log: RunnerLog;
}

export class Attempt {
  readonly lease: Lease;
  readonly #deps: AttemptDeps;
  readonly #controller = new AbortController();
  readonly #settled = new AbortController();
  readonly #keeper: LeaseKeeper;
  readonly #reporter: JobReporter;
  #parts: LeadParts | undefined;

  constructor(lease: Lease, deps: AttemptDeps) {
    this.lease = lease;
    this.#deps = deps;
    const shared = { lease, api: deps.api, clock: deps.clock, log: deps.log, onLost: () => this.stop("lease_lost") };
    this.#keeper = new LeaseKeeper({
      ...shared,
      onCancel: () => this.stop("cancel"),
      onParts: (parts) => this.#parts?.note(parts),
    });
    this.#reporter = new JobReporter({ ...shared, onStatus: (status, sentAt) => this.#keeper.note(status, sentAt) });
  }

  /** Ends the attempt. The first reason counts. */
  stop(reason: StopReason): void {
    this.#controller.abort(new AttemptStopped(reason));
  }

  /** Other runners have made parts that this one may be waiting for: asks at once. */
  hurry(): void {
    this.#keeper.hurry();
  }

  /** A job that runs is finished. */
  finish(): void {}

  /** Runs to the end. Resolves once everything is reported, no process is left, and the workspace is gone. Never rejects. */
  async run(): Promise<AttemptOutcome> {
    const { clock, workRoot, log } = this.#deps;
    const timeoutMs = this.lease.executionTimeoutS * 1000;
    void clock.sleep(timeoutMs, this.#settled.signal).then(() => this.#settled.signal.aborted || this.stop("timeout"));
    void this.#keeper.run();
    let workspace: Workspace | undefined;
    try {
      workspace = await Workspace.create(workRoot);
      const { manifest, artifacts } = await this.#produce(workspace);
      await this.#upload(artifacts);
      await this.#flush();
      this.#controller.signal.throwIfAborted();
      await this.#deps.api.complete(this.lease, manifest, AbortSignal.timeout(REPORT_MS));
      return "succeeded";
    } catch (error) {
      return await this.#reportFailure(error).catch((unreported) => {
        // The Worker hears nothing more of this lease: it expires, and the job is queued again.
        log.warn("the end of the attempt could not be reported", { error: errorText(unreported) });
        return unreported instanceof LeaseLostError ? ("lease_lost" as const) : ("failed" as const);
      });
    } finally {
      this.#settled.abort();
      this.#keeper.stop();
      this.#reporter.silence();
      await workspace?.remove().catch((error) => log.warn("workspace not removed", { error: errorText(error) }));
    }
  }

  async #produce(workspace: Workspace): Promise<RecipeResult> {
    const { lease } = this;
    const { recipes, engines, clock, api, log } = this.#deps;
    const recipe = recipes.get(lease.type);
    if (!recipe || recipe.type.version !== lease.typeVersion) {
      const has = recipe ? `version ${recipe.type.version}` : "none";
      throw new JobFailure(
        "engine_missing",
        `This runner has ${has} of ${lease.type}, not version ${lease.typeVersion}. Update it.`,
        { retryable: true },
      );
    }
    checkInputs(
      recipe.type,
      lease.inputs.map((input) => (input.fetch ? { ...input, bytes: null } : input)),
    );
    const { signal } = this.#controller;
    const checkpoints = new AttemptCheckpoints({ lease, api, workspace, signal, log });
    this.#parts = new LeadParts({ lease, api, checkpoints, clock, log });
    return await runRecipe({
      recipe,
      params: lease.params,
      inputs: await downloadInputs(lease, {
        api,
        workspace,
        signal,
        type: recipe.type,
        rules: addressRules(this.#deps.allowPrivateUrls === true),
        onFetched: async (fetched, line) => {
          this.#reporter.log(line);
          await api.noteInput(lease, fetched, signal);
        },
      }),
      workspace,
      engines,
      checkpoints,
      sharing: this.#parts,
      signal,
      attempt: lease.attempt,
      tag: randomBytes(16).toString("hex"),
      timeoutMs: lease.executionTimeoutS * 1000,
      observer: {
        onProgress: (progress) => this.#reporter.progress(progress),
        onLog: (line) => this.#reporter.log(line),
        onWarning: (message) => this.#reporter.log(`Warning: ${message}`),
      },
      now: () => clock.now(),
    });
  }

  async #upload(artifacts: readonly CollectedArtifact[]): Promise<void> {
    await inParallel(artifacts, TRANSFERS_AT_ONCE, async ({ path, ...artifact }) => {
      await this.#deps.api.putArtifact(this.lease, artifact, path, this.#controller.signal);
    });
  }

  /** Tells the Worker why there is no result; says nothing when the lease is lost. */
  async #reportFailure(error: unknown): Promise<AttemptOutcome> {
    const { api } = this.#deps;
    if (error instanceof LeaseLostError) this.stop("lease_lost");
    const { signal } = this.#controller;
    const reason = signal.aborted ? (signal.reason as AttemptStopped).reason : undefined;
    switch (reason) {
      case "lease_lost":
        return "lease_lost";
      case "cancel":
        await api.release(this.lease, "canceled", AbortSignal.timeout(REPORT_MS));
        return "canceled";
      case "shutdown":
        await api.release(this.lease, "shutdown", AbortSignal.timeout(SHUTDOWN_REPORT_MS));
        return "released";
      case "timeout":
      case "assisted":
      case undefined: {
        const failure = reason === "timeout" ? this.#timeoutFailure() : toFailure(error);
        this.#deps.log.info("attempt failed", { code: failure.code, error: errorText(error) });
        await this.#flush();
        const report: JobError = { code: failure.code, message: failure.message.slice(0, MAX_MESSAGE_CHARS) };
        await api.fail(this.lease, report, failure.retryable, AbortSignal.timeout(REPORT_MS));
        return "failed";
      }
    }
  }

  #timeoutFailure(): JobFailure {
    const seconds = this.lease.executionTimeoutS;
    return new JobFailure(
      "timeout",
      `The job took longer than ${seconds} s. Try a simpler input, or a higher policy.executionTimeoutS.`,
    );
  }

  /** Log lines that can't be delivered in time are given up: the result matters more. */
  async #flush(): Promise<void> {
    const done = new AbortController();
    await Promise.race([this.#reporter.flush(), this.#deps.clock.sleep(FLUSH_MS, done.signal)]);
    done.abort();
  }
}

function toFailure(error: unknown): JobFailure {
  if (error instanceof JobFailure) return error;
  if (error instanceof ApiError) {
    return new JobFailure(
      error.code ?? "unavailable",
      "A file of the job could not be transferred between runner and server.",
      { retryable: true, cause: error },
    );
  }
  return new JobFailure(
    "internal",
    "The runner failed on this job, not the input. Try the job again; if it stays, tell who runs the runner.",
    {
      retryable: true,
      cause: error,
    },
  );
}
