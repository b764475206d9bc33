/** The event log of a job: replay, live, resumed, over SSE and WebSocket. */
import { evictAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { PoolStatus } from "#contract/admin-api.ts";
import type { JobEvent } from "#contract/job.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Env } from "../../../worker/env.ts";
import { call, finishEcho, lease, post, problemOf, runnerPost, submitEcho } from "../../helpers/worker-api.ts";

afterEach(() => {
  vi.useRealTimers();
});

const { POOLS } = env as unknown as Env;

/** Reads an SSE answer to its end, or until `count` events came. */
async function readSse(response: Response, count = Number.POSITIVE_INFINITY): Promise<JobEvent[]> {
  expect(response.headers.get("Content-Type")).toBe("text/event-stream");
  const events: JobEvent[] = [];
  let text = "";
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream() as never,
  )) {
    text += chunk as unknown as string;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data) events.push(JSON.parse(data) as JobEvent);
    }
    if (events.length >= count) break;
  }
  return events;
}

function progress(percent: number) {
  return { stage: "echo", stageIndex: 0, stageCount: 1, percent, etaS: null };
}

async function report({ jobId, leaseId }: Lease, percents: number[]): Promise<void> {
  for (const percent of percents) await runnerPost(`jobs/${jobId}/progress`, { leaseId, progress: progress(percent) });
}

async function runEcho(percents: number[]): Promise<string> {
  await submitEcho();
  const held = await lease();
  if (!held) throw new Error("no lease");
  await report(held, percents);
  await runnerPost(`jobs/${held.jobId}/logs`, { leaseId: held.leaseId, batch: 1, lines: ["one", "two"] });
  await finishEcho(held);
  return held.jobId;
}

describe("the event stream", () => {
  it("tells a finished job's whole story without gaps and then closes", async () => {
    const id = await runEcho([10, 90]);
    const events = await readSse(await call(`/v1/jobs/${id}/events`));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const story = events.map((event) => (event.kind === "status" ? event.data.state : event.kind));
    expect(story).toEqual(["queued", "running", "progress", "progress", "log", "log", "artifact", "succeeded"]);
  });

  it("can be read as before once the job's files are gone", async () => {
    const id = await runEcho([10]);
    const before = await readSse(await call(`/v1/jobs/${id}/events`));
    expect((await call(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    const after = await readSse(await call(`/v1/jobs/${id}/events`));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length)).toMatchObject([{ kind: "status", data: { state: "succeeded" } }]);
  });

  it("replays only what follows Last-Event-ID", async () => {
    const id = await runEcho([10, 90]);
    const resumed = await readSse(await call(`/v1/jobs/${id}/events`, { headers: { "Last-Event-ID": "4" } }));
    expect(resumed.map(({ seq }) => seq)).toEqual([5, 6, 7, 8]);
    const nothing = await readSse(await call(`/v1/jobs/${id}/events`, { headers: { "Last-Event-ID": "8" } }));
    expect(nothing).toEqual([]);
    expect((await problemOf(await call(`/v1/jobs/${id}/events`, { headers: { "Last-Event-ID": "x" } }))).code).toBe(
      "invalid_request",
    );
  });

  it("hands over from replay to live without a gap or a repetition, and ends with the job", async () => {
    await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    await report(held, [10]);
    const live = readSse(await call(`/v1/jobs/${held.jobId}/events`));
    await report(held, [20, 30]);
    await finishEcho(held);
    const events = await live;
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("can be resumed after the object was evicted in the middle", async () => {
    await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    const first = await readSse(await call(`/v1/jobs/${held.jobId}/events`), 2);
    await evictAllDurableObjects();
    await report(held, [50]);
    await finishEcho(held);
    const rest = await readSse(
      await call(`/v1/jobs/${held.jobId}/events`, { headers: { "Last-Event-ID": String(first.at(-1)?.seq) } }),
    );
    expect([...first, ...rest].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it("repeats no log line when a runner sends a batch twice", async () => {
    await submitEcho();
    const held = await lease();
    const { jobId, leaseId } = held as Lease;
    for (let i = 0; i < 2; i++) await runnerPost(`jobs/${jobId}/logs`, { leaseId, batch: 1, lines: ["only once"] });
    await runnerPost(`jobs/${jobId}/logs`, { leaseId, batch: 2, lines: ["next"] });
    const page = (await (await call(`/v1/jobs/${jobId}/logs`)).json()) as { lines: { line: string }[]; next: number };
    expect(page.lines.map(({ line }) => line)).toEqual(["only once", "next"]);
    const rest = (await (await call(`/v1/jobs/${jobId}/logs?from=${page.next}`)).json()) as { lines: unknown[] };
    expect(rest.lines).toEqual([]);
  });
});

describe("the WebSocket", () => {
  it("replays after `after`, goes on live, and closes when the job ends", async () => {
    await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    const response = await call(`/v1/jobs/${held.jobId}/ws?after=1`, { headers: { Upgrade: "websocket" } });
    expect(response.status).toBe(101);
    const socket = response.webSocket as WebSocket;
    const seqs: number[] = [];
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.addEventListener("message", ({ data }) => {
      seqs.push((JSON.parse(data as string) as JobEvent).seq);
    });
    socket.accept();
    await report(held, [10]);
    await finishEcho(held);
    await closed;
    expect(seqs).toEqual([2, 3, 4, 5]);
  });

  it("of a watcher that hangs up takes nothing from the runner's calls or from the others who watch", async () => {
    await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    const watch = async () => {
      const response = await call(`/v1/jobs/${held.jobId}/ws`, { headers: { Upgrade: "websocket" } });
      const socket = response.webSocket as WebSocket;
      socket.accept();
      return socket;
    };
    const [leaving, staying] = [await watch(), await watch()];
    const seqs: number[] = [];
    const closed = new Promise((resolve) => staying.addEventListener("close", resolve));
    staying.addEventListener("message", ({ data }) => {
      seqs.push((JSON.parse(data as string) as JobEvent).seq);
    });
    leaving.close();
    const { jobId, leaseId } = held;
    const answer = await runnerPost(`jobs/${jobId}/progress`, { leaseId, progress: progress(50) });
    expect(answer.status).toBe(200);
    expect((await finishEcho(held)).status).toBe(200);
    await closed;
    expect(seqs).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("the doorbell", () => {
  it("rings when a job is submitted, and when a running one is cancelled", async () => {
    const response = await call("/runner/v1/pools/cpu/doorbell?runnerId=runner-1", {
      headers: { Upgrade: "websocket", Authorization: "Bearer runner-key-for-tests-0123456789abcdef" },
    });
    const socket = response.webSocket as WebSocket;
    const messages: unknown[] = [];
    let wake = () => {};
    socket.addEventListener("message", ({ data }) => {
      messages.push(JSON.parse(data as string));
      wake();
    });
    socket.accept();
    const next = (count: number) =>
      new Promise<void>((resolve) => {
        wake = () => messages.length >= count && resolve();
        wake();
      });
    const job = await submitEcho();
    await next(1);
    await lease();
    await post(`/v1/jobs/${job.id}/cancel`, {});
    await next(2);
    expect(messages).toEqual([{ kind: "work" }, { kind: "cancel", jobId: job.id }]);
    socket.close();
  });

  it("rings when a job's time has come, also when it was looked at first", async () => {
    const response = await call("/runner/v1/pools/cpu/doorbell?runnerId=runner-1", {
      headers: { Upgrade: "websocket", Authorization: "Bearer runner-key-for-tests-0123456789abcdef" },
    });
    const socket = response.webSocket as WebSocket;
    const rings: string[] = [];
    socket.addEventListener("message", ({ data }) => rings.push(String(data)));
    socket.accept();
    const job = await submitEcho({}, { policy: { notBefore: Date.now() + 60_000 } });
    const pool = POOLS.get(POOLS.idFromName("cpu")) as unknown as { status(): Promise<PoolStatus> };
    await vi.waitFor(async () => expect((await pool.status()).asleep).toBe(1));
    expect(rings).toEqual([]);
    vi.setSystemTime(Date.now() + 60_001);
    // Whoever waits for a job asks about it, which counts the line.
    await call(`/v1/jobs/${job.id}`);
    await vi.waitFor(() => expect(rings).toEqual([JSON.stringify({ kind: "work" })]));
    socket.close();
  });
});
