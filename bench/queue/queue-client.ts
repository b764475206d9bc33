/**
 * Callers of one stack over plain HTTP, who time what they ask: owners who submit, runners who lease and give up. Nothing is
 * tried again, so that every answer that is not as it should be shows.
 */
import type { Job } from "#contract/job.ts";
import { type Lease, leaseSchema } from "#contract/runner-api.ts";
import { localSecrets } from "../../scripts/stack/local-secrets.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";

/** The pool of all job types that are used here. */
const POOL = "cpu";

/** A job type that takes no file. Of two kinds, so that a job of one can be told from a long line of the other. */
export type JobTypeName = "echo" | "text-to-3d";

/** What one call took, in milliseconds, and what came of it. */
export interface Timed<T> {
  readonly ms: number;
  readonly value: T;
}

export class QueueClient {
  readonly #stack: Stack;
  readonly #sessions: readonly string[];
  readonly #runnerKey: string;
  readonly #adminKey: string;
  /** Answers that were neither 2xx nor 3xx, by status: 503 is what a busy object is answered with. */
  readonly refusals = new Map<number, number>();

  private constructor(stack: Stack, sessions: readonly string[]) {
    const { RUNNER_KEY, ADMIN_KEY } = localSecrets(stack.stateDir);
    this.#stack = stack;
    this.#sessions = sessions;
    this.#runnerKey = RUNNER_KEY;
    this.#adminKey = ADMIN_KEY;
  }

  /** Starts a stack without runners, and with so many owners who may submit. */
  static async start(stateDir: string, ownerCount: number): Promise<QueueClient> {
    const sessions = Array.from({ length: ownerCount }, (_, n) => n.toString(16).padStart(32, "0"));
    return new QueueClient(await startStack({ port: 0, stateDir, runners: 0, site: false }), sessions);
  }

  stop(): Promise<void> {
    return this.#stack.stop();
  }

  /** Submits one job; resolves with its id once it is taken. */
  async submit(owner: number, type: JobTypeName): Promise<Timed<string>> {
    const params = type === "echo" ? {} : { text: "Kiln" };
    const { ms, value } = await this.#post<Job>("/v1/jobs", this.#owner(owner), {
      type,
      params,
      policy: { cache: false },
    });
    if (!value) throw new Error("a job was not taken");
    return { ms, value: value.id };
  }

  /** Submits `count` jobs, several at a time; resolves with their ids when all are in line. `owner` is that of the n-th. */
  async fill(count: number, owner: (n: number) => number): Promise<string[]> {
    const { ready } = await this.pool();
    const ids: string[] = [];
    await inParallel(count, 16, async (n) => void ids.push((await this.submit(owner(n), "echo")).value));
    await this.untilReady(ready + count);
    return ids;
  }

  /** Asks for a job, as a runner does. Null: there is none. */
  async lease(runner: string, types: readonly JobTypeName[] = ["echo"]): Promise<Timed<Lease | null>> {
    const requestId = crypto.randomUUID().replaceAll("-", "");
    const request = { runnerId: runner, requestId, pool: POOL, jobTypes: types };
    const { ms, value } = await this.#post<unknown>("/runner/v1/lease", this.#runner(), request);
    return { ms, value: value === null ? null : leaseSchema.parse(value) };
  }

  /** The runner gives the job up for good. */
  async fail({ jobId, leaseId }: Pick<Lease, "jobId" | "leaseId">): Promise<void> {
    const error = { code: "input_invalid", message: "Given up by the benchmark." };
    await this.#post(`/runner/v1/jobs/${jobId}/fail`, this.#runner(), { leaseId, error, retryable: false });
  }

  /** How many jobs are in the pool. */
  async pool(): Promise<{ readonly ready: number; readonly inFlight: number }> {
    const headers = { authorization: `Bearer ${this.#adminKey}` };
    const response = await fetch(`${this.#stack.url}/admin/v1/pools/${POOL}`, { headers });
    if (!response.ok) throw new Error(`the pool does not answer: ${response.status}`);
    return (await response.json()) as { ready: number; inFlight: number };
  }

  /** Resolves when so many jobs are in line. */
  async untilReady(count: number): Promise<void> {
    for (let tries = 0; tries < 2_000; tries++) {
      if ((await this.pool()).ready >= count) return;
    }
    throw new Error(`there are not ${count} jobs in line`);
  }

  /** The runner's doorbell; `next` resolves with the moment of the next ring. */
  async doorbell(runner: string): Promise<{ next(): Promise<number>; close(): void }> {
    const url = `${this.#stack.url.replace(/^http/, "ws")}/runner/v1/pools/${POOL}/doorbell?runnerId=${runner}`;
    // Node's WebSocket takes headers; the browser's, whose types may win, does not.
    const socket = new WebSocket(url, { headers: this.#runner() } as unknown as string[]);
    let rung = (_at: number): void => undefined;
    socket.addEventListener("message", () => rung(performance.now()));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("the doorbell does not open")));
    });
    const next = () =>
      new Promise<number>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("the doorbell did not ring")), 10_000);
        rung = (at) => {
          clearTimeout(late);
          resolve(at);
        };
      });
    return { next, close: () => socket.close() };
  }

  #owner(n: number): Record<string, string> {
    return { "kiln-session": this.#sessions[n % this.#sessions.length] as string };
  }

  #runner(): Record<string, string> {
    return { authorization: `Bearer ${this.#runnerKey}` };
  }

  /** One POST, timed until its answer is read. Null for 204, and for what was refused. */
  async #post<T>(path: string, headers: Record<string, string>, body: object): Promise<Timed<T | null>> {
    const startedAt = performance.now();
    const response = await fetch(`${this.#stack.url}${path}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const ms = performance.now() - startedAt;
    if (!response.ok) this.refusals.set(response.status, (this.refusals.get(response.status) ?? 0) + 1);
    return { ms, value: response.ok && text !== "" ? (JSON.parse(text) as T) : null };
  }
}

/** Calls `work` for 0 to `count` − 1, `atOnce` at a time. */
export async function inParallel(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}
