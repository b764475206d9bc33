/** `kiln run TYPE --watch DIR`: whatever comes into a folder is run, until the user interrupts. */
import { mkdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kiln } from "#client/kiln.ts";
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import { checkFile, fits } from "../arguments/input-files.ts";
import { fileSource } from "../arguments/input-source.ts";
import type { RunStep, WatchRequest } from "../arguments/run-request.ts";
import { errorJson, writeJson } from "../display/json-lines.ts";
import { ProgressLine, type ProgressRow, wantsColor } from "../display/progress-line.ts";
import { NoFilesError, UsageError } from "../exit-codes.ts";
import { DoneLedger } from "../jobs/done-ledger.ts";
import { FolderWatch, type FoundFile } from "../jobs/folder-watch.ts";
import { runBatch } from "../jobs/run-batch.ts";
import { runJob } from "../jobs/run-job.ts";
import type { SavedFile } from "../jobs/save-artifact.ts";
import type { Terminal } from "../terminal.ts";

const LOOK_EVERY_MS = 1_000;
const FILES_AT_ONCE = 4;
/** How long a file waits whose job the server could not take. */
const TRY_AGAIN_S = 10;

/**
 * Watches until the signal aborts, then cancels what is at work and throws the signal's reason.
 * @param lookEveryMs between two looks at the folder
 */
export async function watchCommand(
  kiln: Kiln,
  request: WatchRequest,
  terminal: Terminal,
  lookEveryMs = LOOK_EVERY_MS,
): Promise<never> {
  const { signal, stderr } = terminal;
  const session = await WatchSession.open(kiln, request, terminal);
  const running = new Set<Promise<void>>();
  try {
    for (;;) {
      for (const file of await session.look()) {
        if (running.size >= FILES_AT_ONCE) await Promise.race(running);
        signal.throwIfAborted();
        const work = session.take(file).finally(() => running.delete(work));
        running.add(work);
      }
      await sleep(lookEveryMs, undefined, { signal });
    }
  } finally {
    await Promise.allSettled(running);
    session.line.clear();
    stderr.write(`kiln: ${session.words}\n`);
    signal.throwIfAborted();
  }
}

/** One run of the command: what is done with each file, and how it went so far. */
class WatchSession {
  readonly line: ProgressLine;
  readonly #kiln: Kiln;
  readonly #request: WatchRequest;
  readonly #terminal: Terminal;
  readonly #watch: FolderWatch;
  readonly #ledger: DoneLedger;
  readonly #folderOf: (name: string) => string;
  readonly #rows = new Map<string, ProgressRow>();
  #done = 0;
  #failed = 0;

  private constructor(
    kiln: Kiln,
    request: WatchRequest,
    terminal: Terminal,
    parts: { watch: FolderWatch; ledger: DoneLedger; folderOf: (name: string) => string },
  ) {
    this.line = new ProgressLine(terminal.stderr, { color: wantsColor(terminal.stderr, terminal.env) });
    this.#kiln = kiln;
    this.#request = request;
    this.#terminal = terminal;
    this.#watch = parts.watch;
    this.#ledger = parts.ledger;
    this.#folderOf = parts.folderOf;
  }

  static async open(kiln: Kiln, request: WatchRequest, terminal: Terminal): Promise<WatchSession> {
    const { steps, roles, watch, out } = request;
    const dir = resolve(terminal.cwd, watch);
    if (!(await stat(dir).catch(() => null))?.isDirectory()) throw new UsageError(`--watch: ${watch} is not a folder.`);
    const outDir = out === undefined ? dir : resolve(terminal.cwd, out);
    await mkdir(outDir, { recursive: true });
    const { type } = steps[0] as RunStep;
    const plan = [steps.map((step) => [step.type.name, step.type.version, step.preset, step.params]), roles];
    return new WatchSession(kiln, request, terminal, {
      watch: new FolderWatch(dir, (name) => fits(type, name)),
      ledger: await DoneLedger.open(outDir, plan),
      folderOf: (name) => join(outDir, out === undefined ? `${name}.kiln` : name),
    });
  }

  /** What has come in and was not done before. */
  async look(): Promise<FoundFile[]> {
    this.#show();
    const fresh: FoundFile[] = [];
    for (const file of await this.#watch.look()) if (!(await this.#ledger.has(file.sha256))) fresh.push(file);
    return fresh;
  }

  /** Runs one file and saves its results. Never throws: what goes wrong is told, and the next file comes. */
  async take(file: FoundFile): Promise<void> {
    const { signal } = this.#terminal;
    const folder = this.#folderOf(file.name);
    try {
      const files = await this.#make(file, folder);
      await this.#ledger.add(file.sha256, folder, Date.now());
      this.#done++;
      this.#tell(file, folder, files);
    } catch (error) {
      if (signal.aborted) return;
      await this.#fail(file, error as Error);
    } finally {
      this.#rows.delete(file.name);
      if (!signal.aborted) this.#show();
    }
  }

  async #make(file: FoundFile, dir: string): Promise<readonly SavedFile[]> {
    const { steps, roles, policy, all } = this.#request;
    const { signal } = this.#terminal;
    const out = { dir, file: null };
    const [step] = steps as [RunStep];
    await checkFile(step.type, file.path);
    const show = (fraction: number | null) => {
      this.#rows.set(file.name, { label: file.name, fraction });
      this.#show();
    };
    show(null);
    const inputs = [fileSource(file.path)];
    if (steps.length === 1) {
      const onEvent = (event: { kind: string; data: object }) => {
        const { percent } = event.data as { percent?: number | null };
        if (event.kind === "progress" && percent != null) show(percent / 100);
      };
      return (await runJob(this.#kiln, { ...step, inputs, roles, policy, out, signal }, { onEvent })).files;
    }
    const batch = { steps, chains: [inputs], roles, policy, out, all, signal };
    const { saved, failures } = await runBatch(this.#kiln, batch, { onEvent: ({ data }) => show(data.percent / 100) });
    const [failure] = failures;
    if (failure) {
      throw new NoFilesError(failure.error?.code ?? failure.state, failure.error?.message ?? `It is ${failure.state}.`);
    }
    return saved.flatMap(({ files }) => files);
  }

  #tell({ name }: FoundFile, folder: string, files: readonly SavedFile[]): void {
    this.line.clear();
    const { stdout } = this.#terminal;
    if (this.#request.json) writeJson(stdout, { kind: "result", file: name, folder, files });
    else stdout.write(`${name}: ${files.length} files in ${folder}\n`);
  }

  async #fail({ name }: FoundFile, error: Error): Promise<void> {
    const { stdout, stderr, signal } = this.#terminal;
    this.#failed++;
    this.line.clear();
    const { message } = error;
    if (this.#request.json) writeJson(stdout, { kind: "error", file: name, error: errorJson(error) });
    stderr.write(`kiln: ${name}: ${message}\n`);
    const later = error instanceof KilnUnreachableError || (error instanceof KilnError && error.problem.retryable);
    if (!later) return;
    const waitS = error instanceof KilnError ? (error.retryAfter ?? TRY_AGAIN_S) : TRY_AGAIN_S;
    await sleep(waitS * 1000, undefined, { signal }).catch(() => undefined);
    this.#watch.forget(name);
  }

  get words(): string {
    return `watched ${this.#request.watch}: ${this.#done} done, ${this.#failed} failed`;
  }

  #show(): void {
    const { watch } = this.#request;
    this.line.update(`Watching ${watch}: ${this.#done} done, ${this.#failed} failed`, null, [...this.#rows.values()]);
  }
}
