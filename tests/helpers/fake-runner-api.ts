/** A Worker in memory: answers a runner's calls, keeps them, and lets a test wait for one or make one fail. */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Lease, LeaseStatus } from "../../contract/runner-api.ts";
import type { RunnerApi } from "../../gpu-runner/runner-api.ts";

type CallName = keyof RunnerApi;
export interface RecordedCall {
  readonly name: CallName;
  readonly args: readonly unknown[];
}

export class FakeRunnerApi implements RunnerApi {
  readonly calls: RecordedCall[] = [];
  /** What lease() hands out, first to last; then null. */
  readonly leases: Lease[] = [];
  /** Content by download URL. */
  readonly files = new Map<string, string>();
  /** Content by artifact name. */
  readonly artifacts = new Map<string, string>();
  /** Content by checkpoint name, as a later attempt finds it. */
  readonly checkpoints = new Map<string, string>();
  status: LeaseStatus = { ttlMs: 60_000, cancel: false };
  /** Called before a call is answered; may throw, or return a promise to wait for. */
  before: (call: RecordedCall) => unknown = () => {};
  #waiting: { name: CallName; count: number; resolve(): void }[] = [];

  /** Resolves when `name` has been called `count` times. */
  called(name: CallName, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ name, count, resolve });
      this.#notify();
    });
  }

  of(name: CallName): readonly unknown[][] {
    return this.calls.filter((call) => call.name === name).map((call) => call.args.slice());
  }

  async #answer<T>(name: CallName, args: readonly unknown[], result: T): Promise<T> {
    const call = { name, args };
    this.calls.push(call);
    this.#notify();
    await this.before(call);
    return result;
  }

  #notify(): void {
    this.#waiting = this.#waiting.filter(({ name, count, resolve }) => {
      if (this.of(name).length < count) return true;
      resolve();
      return false;
    });
  }

  register: RunnerApi["register"] = (...args) =>
    this.#answer("register", args, { heartbeatMs: 15_000, pollMs: 15_000 });
  lease: RunnerApi["lease"] = async (...args) => {
    await this.#answer("lease", args, undefined);
    return this.leases.shift() ?? null;
  };
  extend: RunnerApi["extend"] = async (...args) => {
    await this.#answer("extend", args, undefined);
    return this.status;
  };
  progress: RunnerApi["progress"] = async (...args) => {
    await this.#answer("progress", args, undefined);
    return this.status;
  };
  logs: RunnerApi["logs"] = async (...args) => {
    await this.#answer("logs", args, undefined);
    return this.status;
  };
  putArtifact: RunnerApi["putArtifact"] = async (...args) => {
    await this.#answer("putArtifact", args, undefined);
    this.artifacts.set(args[1].name, await readFile(args[2], "utf8"));
  };
  putCheckpoint: RunnerApi["putCheckpoint"] = async (...args) => {
    await this.#answer("putCheckpoint", args, undefined);
    this.checkpoints.set(args[1].name, await text(args[2]()));
  };
  listCheckpoints: RunnerApi["listCheckpoints"] = async (...args) => {
    await this.#answer("listCheckpoints", args, undefined);
    return [...this.checkpoints].map(([name, content]) => {
      const url = `/checkpoints/${name}`;
      this.files.set(url, content);
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { name, bytes: Buffer.byteLength(content), sha256, url };
    });
  };
  announceParts: RunnerApi["announceParts"] = async (...args) => {
    await this.#answer("announceParts", args, undefined);
    return this.status;
  };
  /** What claimParts() hands out, first to last; then nothing. */
  readonly claims: string[][] = [];
  claimParts: RunnerApi["claimParts"] = async (...args) => {
    await this.#answer("claimParts", args, undefined);
    return this.claims.shift() ?? [];
  };
  noteInput: RunnerApi["noteInput"] = (...args) => this.#answer("noteInput", args, undefined);
  complete: RunnerApi["complete"] = (...args) => this.#answer("complete", args, undefined);
  fail: RunnerApi["fail"] = (...args) => this.#answer("fail", args, undefined);
  release: RunnerApi["release"] = (...args) => this.#answer("release", args, undefined);
  download: RunnerApi["download"] = async (...args) => {
    await this.#answer("download", args, undefined);
    await writeFile(args[1], this.files.get(args[0]) ?? "");
  };
}
