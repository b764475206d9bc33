/**
 * What faults are done to: a whole stack with a short lease, whose runners reach the Worker through a proxy each, on one
 * "machine", i.e. one folder for workspaces, which can become full.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Kiln } from "#client/kiln.ts";
import { isAlive, OWNER_VARIABLE } from "../../gpu-runner/process/kill-tree.ts";
import { listPids, listProcesses, readEnvironmentValue } from "../../gpu-runner/process/proc-table.ts";
import { localSecrets } from "../../scripts/stack/local-secrets.ts";
import type { RunnerProcess } from "../../scripts/stack/runner-process.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { persistenceDir } from "../../scripts/stack/worker-server.ts";
import { FaultProxy } from "./fault-proxy.ts";

const run = promisify(execFile);

/** Of the file system for workspaces, where one can be mounted. */
const DISK_BYTES = 64 * 1024 * 1024;
const READY_MS = 90_000;

export interface RigOptions {
  /** What the runners do, as in KILN_JOB_TYPES. */
  readonly jobTypes: string;
  readonly leaseS: number;
}

/** A runner and what stands between it and the Worker. */
export interface Machine {
  readonly proxy: FaultProxy;
  readonly process: RunnerProcess;
  /** Resolves when the Worker knows it as warm. */
  readonly ready: Promise<unknown>;
}

export class FaultRig {
  readonly stack: Stack;
  readonly kiln: Kiln;
  readonly options: RigOptions;
  /** Whether workspaces lie on a small file system of their own. */
  readonly hasOwnDisk: boolean;
  readonly #dir: string;
  readonly #machines = new Set<Machine>();

  private constructor(stack: Stack, options: RigOptions, dir: string, hasOwnDisk: boolean) {
    this.stack = stack;
    this.kiln = new Kiln({ api: stack.url });
    this.options = options;
    this.#dir = dir;
    this.hasOwnDisk = hasOwnDisk;
  }

  /** Starts the stack, with no runner yet. */
  static async start(options: RigOptions): Promise<FaultRig> {
    const dir = await mkdtemp(join(tmpdir(), "kiln-faults-"));
    const workRoot = join(dir, "work");
    await mkdir(workRoot, { mode: 0o711 });
    const mounted = await run("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES},mode=711`, "tmpfs", workRoot]).then(
      () => true,
      () => false,
    );
    try {
      const stack = await startStack({
        port: 0,
        stateDir: join(dir, "state"),
        runners: 0,
        site: false,
        runnerEnv: { KILN_JOB_TYPES: options.jobTypes, KILN_WORK_DIR: workRoot },
        // A retry waits as short as it can; how long it waits otherwise is a matter of one constant.
        workerVariables: { LEASE_TTL_S: String(options.leaseS), RETRY_BASE_S: "1" },
      });
      return new FaultRig(stack, options, dir, mounted);
    } catch (error) {
      if (mounted) await run("umount", ["-l", workRoot]);
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  get leaseMs(): number {
    return this.options.leaseS * 1000;
  }

  /** Folder of all workspaces and children's homes. */
  get workRoot(): string {
    return join(this.#dir, "work");
  }

  /** Where the Worker's R2 keeps the bytes of its objects. */
  get bucketDir(): string {
    return join(persistenceDir(this.stack.stateDir), "v3/r2/kiln-files/blobs");
  }

  /** Runners whose network was silent go: their doorbell is dead, and they need a minute to find that out. */
  async replaceDeaf(): Promise<void> {
    await Promise.all([...this.#machines].filter(({ proxy }) => proxy.isDeaf).map((machine) => this.retire(machine)));
  }

  /** Two runners that are warm; those that are missing are started. */
  async pair(): Promise<[Machine, Machine]> {
    while (this.#machines.size < 2) await this.addMachine();
    const [first, second] = [...this.#machines] as [Machine, Machine];
    await Promise.all([first, second].map((machine) => untilReady(machine)));
    for (const { proxy } of [first, second]) proxy.reset();
    return [first, second];
  }

  /** Starts a runner; that it is warm is not waited for. */
  async addMachine(): Promise<Machine> {
    const proxy = await FaultProxy.start(Number(new URL(this.stack.url).port));
    const ready = proxy.once(
      "told",
      ({ name, body, status }) => name === "register" && body.ready === true && status === 200,
    );
    const machine = { proxy, process: this.stack.addRunner({ KILN_API: proxy.url }), ready };
    this.#machines.add(machine);
    return machine;
  }

  /** SIGKILL, and no new start: what it leaves is for the next runner on the machine. */
  kill(machine: Machine): void {
    process.kill(machine.process.pid ?? 0, "SIGKILL");
    void this.retire(machine);
  }

  /** Tells a runner to stop, and does not count on it any more. */
  async retire(machine: Machine): Promise<void> {
    this.#machines.delete(machine);
    await machine.process.stop();
    machine.proxy.close();
  }

  /** SIGKILL to workerd, which is a child of this process and is known by its port. */
  killWorker(): void {
    const address = `=127.0.0.1:${new URL(this.stack.url).port}`;
    const server = listProcesses().find(
      ({ pid, parent }) =>
        parent === process.pid &&
        commandOf(pid)
          .split("\0")
          .some((part) => part.endsWith(address)),
    );
    if (!server) throw new Error("workerd was not found");
    process.kill(server.pid, "SIGKILL");
  }

  /** A runner's call from somewhere else. Answers with the status. */
  async askAsRunner(path: string, body: object): Promise<number> {
    const { RUNNER_KEY } = localSecrets(this.stack.stateDir);
    const response = await fetch(`${this.stack.url}/runner/v1/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${RUNNER_KEY}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await response.body?.cancel();
    return response.status;
  }

  /** Fills the disk that workspaces lie on. Returns what frees it again. */
  async fillDisk(): Promise<() => Promise<void>> {
    const ballast = join(this.workRoot, "ballast");
    for (let bytes = 1024 * 1024; bytes >= 4096; ) {
      const full = await writeFile(ballast, Buffer.alloc(bytes), { flag: "a" }).then(
        () => false,
        () => true,
      );
      if (full) bytes /= 4;
    }
    return () => rm(ballast);
  }

  /**
   * What attempts that are over have left: workspaces, processes of theirs, children of runners that are gone. Empty when
   * nothing is left.
   */
  async leftovers(): Promise<string[]> {
    const folders = (await readdir(this.workRoot)).filter((name) => name.startsWith("attempt-"));
    const alive = new Set(listProcesses().map(({ pid }) => pid));
    const processes = listPids().filter((pid) => {
      if (!alive.has(pid) || !readEnvironmentValue(pid, "TMPDIR")?.startsWith(this.workRoot)) return false;
      const owner = readEnvironmentValue(pid, OWNER_VARIABLE);
      return owner === undefined || !isAlive(owner) || isLeaked(pid);
    });
    return [...folders.map((name) => `folder ${name}`), ...processes.map((pid) => `process ${pid}`)];
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    for (const { proxy } of this.#machines) proxy.close();
    if (this.hasOwnDisk) await run("umount", ["-l", this.workRoot]);
    await rm(this.#dir, { recursive: true, force: true });
  }
}

async function untilReady({ ready, process: runner }: Machine): Promise<void> {
  const late = new AbortController();
  const timer = sleep(READY_MS, "late", { signal: late.signal }).catch(() => undefined);
  const first = await Promise.race([ready, timer]);
  late.abort();
  if (first === "late") throw new Error(`A runner does not start: ${runner.gaveUp ?? ""}\n${runner.lastLines}`);
}

/** Whether this is what the echo engine leaks on request: it belongs to an attempt, not to a warm child. */
function isLeaked(pid: number): boolean {
  return commandOf(pid).includes("process.on('SIGTERM'");
}

/** Program and arguments, each ended by a null; empty for a process that is gone. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
