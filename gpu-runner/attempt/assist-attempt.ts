/**
 * Helps with a job that another runner has: runs the recipe up to the stage that is shared, where earlier stages come from
 * checkpoints, makes parts of it, and gives the lease back. It reports nothing of the job and publishes nothing. Whatever
 * goes wrong costs the job no more than the help: the other runner makes the parts itself.
 */
import { randomBytes } from "node:crypto";
import type { Lease } from "#contract/runner-api.ts";
import type { Recipe } from "../jobs/job.ts";
import { LeaseLostError } from "../runner-api.ts";
import { errorText } from "../runner-log.ts";
import { AssistParts } from "./assist-parts.ts";
import { type AttemptDeps, type AttemptOutcome, AttemptStopped, type StopReason } from "./attempt.ts";
import { AttemptCheckpoints } from "./attempt-checkpoints.ts";
import { downloadInputs } from "./download-inputs.ts";
import { JobReporter } from "./job-reporter.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { addressRules } from "./public-lookup.ts";
import { runRecipe } from "./recipe-runner.ts";
import { Workspace } from "./workspace.ts";

export type AssistLease = Lease & { readonly assist: NonNullable<Lease["assist"]> };

export interface AssistDeps extends AttemptDeps {
  readonly pool: string;
  readonly jobTypes: readonly string[];
}

/** An assistant that takes this many times as long to get ready as it was told, and this long at least, gives up. */
const SET_UP_PATIENCE = 4;
const SET_UP_MIN_MS = 60_000;
/** How long it is tried to give the lease back. */
const RELEASE_MS = 4_000;

export class AssistAttempt {
  readonly lease: AssistLease;
  readonly #deps: AssistDeps;
  readonly #controller = new AbortController();
  readonly #settled = new AbortController();
  readonly #isReady = new AbortController();
  readonly #keeper: LeaseKeeper;
  /** Of log lines only: how the job goes on is the other runner's to say. */
  readonly #reporter: JobReporter;
  #parts: AssistParts | undefined;

  constructor(lease: AssistLease, deps: AssistDeps) {
    this.lease = lease;
    this.#deps = deps;
    this.#keeper = new LeaseKeeper({
      lease,
      api: deps.api,
      clock: deps.clock,
      log: deps.log,
      onLost: () => this.stop("lease_lost"),
      onCancel: () => this.stop("cancel"),
    });
    this.#reporter = new JobReporter({
      lease,
      api: deps.api,
      clock: deps.clock,
      log: deps.log,
      onStatus: (status, sentAt) => this.#keeper.note(status, sentAt),
      // A Worker that takes no lines of assistants says the same: whether the lease lives is the keeper's to find out.
      onLost: () => {},
    });
  }

  /** Ends it. The first reason counts. */
  stop(reason: StopReason): void {
    this.#controller.abort(new AttemptStopped(reason));
  }

  /** Makes what it has claimed, and claims nothing more. */
  finish(): void {
    this.#parts?.finish();
  }

  /** An assistant waits for nobody. */
  hurry(): void {}

  /** Runs to the end. Resolves once no process is left, and the workspace is gone. Never rejects. */
  async run(): Promise<AttemptOutcome> {
    const { log, workRoot } = this.#deps;
    this.#watchTime();
    void this.#keeper.run();
    let workspace: Workspace | undefined;
    try {
      workspace = await Workspace.create(workRoot);
      await this.#work(workspace);
      log.warn("the recipe has no such parts", { stage: this.lease.assist.stage });
      return await this.#release("failed");
    } catch (error) {
      return await this.#release(this.#outcomeOf(error)).catch((unreleased) => {
        log.warn("the lease could not be given back", { error: errorText(unreleased) });
        return unreleased instanceof LeaseLostError ? ("lease_lost" as const) : ("failed" as const);
      });
    } finally {
      this.#settled.abort();
      this.#keeper.stop();
      this.#reporter.silence();
      await workspace?.remove().catch((error) => log.warn("workspace not removed", { error: errorText(error) }));
    }
  }

  async #work(workspace: Workspace): Promise<void> {
    const { lease } = this;
    const { api, log, clock, engines, recipes } = this.#deps;
    const { signal } = this.#controller;
    const recipe = recipes.get(lease.type) as Recipe | undefined;
    if (recipe?.type.version !== lease.typeVersion) throw new Error(`this runner has another version of ${lease.type}`);
    const checkpoints = new AttemptCheckpoints({ lease, api, workspace, signal, log });
    this.#parts = new AssistParts({
      stage: lease.assist.stage,
      checkpoints,
      claim: (count) => this.#claim(count),
      onOver: () => {
        this.stop("assisted");
        return signal.reason;
      },
    });
    await runRecipe({
      recipe,
      params: lease.params,
      inputs: await downloadInputs(lease, {
        api,
        workspace,
        signal,
        type: recipe.type,
        rules: addressRules(this.#deps.allowPrivateUrls === true),
        // The runner that has the attempt has told.
        onFetched: async () => {},
      }),
      workspace,
      engines,
      // What this runner makes on its way to the stage is no news to the job.
      checkpoints: {
        names: () => checkpoints.names(),
        read: (name, path) => checkpoints.read(name, path),
        write: async () => {},
      },
      sharing: this.#parts,
      signal,
      attempt: lease.attempt,
      tag: randomBytes(16).toString("hex"),
      timeoutMs: lease.executionTimeoutS * 1000,
      observer: {
        onProgress: () => {},
        onLog: (line) => this.#reporter.log(line),
        onWarning: (message) => this.#reporter.log(`Warning: ${message}`),
      },
      now: () => clock.now(),
    });
  }

  async #claim(count: number): Promise<readonly string[]> {
    const { api, pool, jobTypes } = this.#deps;
    this.#isReady.abort();
    const request = { count, pool, jobTypes: [...jobTypes], fetchesUrls: true };
    return api.claimParts(this.lease, request, this.#controller.signal).catch((error) => {
      if (error instanceof LeaseLostError) this.stop("lease_lost");
      throw error;
    });
  }

  #watchTime(): void {
    const { clock } = this.#deps;
    const { assist, executionTimeoutS } = this.lease;
    const { signal } = this.#settled;
    void clock.sleep(executionTimeoutS * 1000, signal).then(() => signal.aborted || this.stop("timeout"));
    const isSetUp = AbortSignal.any([signal, this.#isReady.signal]);
    const setUpMs = Math.max(SET_UP_MIN_MS, SET_UP_PATIENCE * assist.setUpMs);
    void clock.sleep(setUpMs, isSetUp).then(() => isSetUp.aborted || this.stop("timeout"));
  }

  #outcomeOf(error: unknown): AttemptOutcome {
    const { signal } = this.#controller;
    const reason = signal.aborted ? (signal.reason as AttemptStopped).reason : undefined;
    if (error instanceof LeaseLostError || reason === "lease_lost") return "lease_lost";
    if (reason === "cancel") return "canceled";
    if (reason === "shutdown") return "released";
    if (reason === "assisted") return "assisted";
    this.#deps.log.warn("assistance failed", { error: errorText(error) });
    return "failed";
  }

  async #release(outcome: AttemptOutcome): Promise<AttemptOutcome> {
    if (outcome === "lease_lost") return outcome;
    // Nobody waits for the rest of the lines when this runner is to stop, or the job is.
    if (outcome === "assisted" || outcome === "failed") await this.#reporter.flush();
    const reason = outcome === "canceled" ? "canceled" : "shutdown";
    await this.#deps.api.release(this.lease, reason, AbortSignal.timeout(RELEASE_MS));
    return outcome;
  }
}
