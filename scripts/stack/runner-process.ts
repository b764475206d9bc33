/** A runner as a child: started again when it crashes, later each time; stopped with time to give its job back. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tiedArgv } from "./tied-child.ts";

const MAIN = join(import.meta.dirname, "../../gpu-runner/main.ts");
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;
/** A runner that lived this long did not crash at start: the backoff begins anew. */
const HEALTHY_MS = 60_000;
/** After SIGTERM; the runner's own limit is shorter. */
const STOP_MS = 12_000;
/** Why starting it again changes nothing, by exit code (gpu-runner/README.md). */
const FINAL_EXITS: ReadonlyMap<number | null, string> = new Map([
  [2, "its settings are not usable"],
  [3, "it is not of the Worker's version"],
]);
const KEPT_LINES = 40;

export interface RunnerOptions {
  readonly name: string;
  readonly api: string;
  readonly runnerKey: string;
  /** More variables for the runner, e.g. KILN_POOL. */
  readonly env?: Readonly<Record<string, string>>;
  /** Every line the runner writes. */
  readonly log: (line: string) => void;
}

export class RunnerProcess {
  readonly #options: RunnerOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | null = null;
  #crashes = 0;
  #restart: NodeJS.Timeout | undefined;
  #stopping = false;
  #gaveUp: string | null = null;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Process id of the runner that runs now; tests kill it. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Why no runner will come up any more, or null. */
  get gaveUp(): string | null {
    return this.#gaveUp;
  }

  /** The last lines the runner wrote, for an error message. */
  get lastLines(): string {
    return this.#lines.join("\n");
  }

  start(): void {
    const { name, api, runnerKey, env } = this.#options;
    const [file, ...args] = tiedArgv([process.execPath, MAIN], "TERM");
    const child = spawn(file, args, {
      // A session of its own: the terminal's Ctrl-C is for us, who then ask it to stop.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, KILN_API: api, KILN_RUNNER_KEY: runnerKey, KILN_RUNNER_NAME: name, ...env },
    });
    this.#child = child;
    const startedAt = Date.now();
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#note(line));
    }
    child.on("error", (error) => this.#note(`cannot be started: ${error.message}`));
    child.once("close", (code, signal) => this.#onClose(code, signal, Date.now() - startedAt));
  }

  /** Asks the runner to stop and waits; kills it when it does not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await closed;
    clearTimeout(kill);
  }

  #note(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    this.#options.log(line);
  }

  #onClose(code: number | null, signal: NodeJS.Signals | null, livedMs: number): void {
    this.#child = null;
    if (this.#stopping) return;
    this.#gaveUp = FINAL_EXITS.get(code) ?? null;
    if (this.#gaveUp !== null) return;
    this.#crashes = livedMs > HEALTHY_MS ? 1 : this.#crashes + 1;
    const delayMs = Math.min(BACKOFF_BASE_MS * 2 ** (this.#crashes - 1), BACKOFF_MAX_MS);
    this.#note(`stopped unexpectedly (${signal ?? `exit code ${code}`}); starting again in ${delayMs / 1000} s`);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }
}
