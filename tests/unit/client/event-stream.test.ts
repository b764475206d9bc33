/** The event iterator must neither lose nor repeat an event, whatever happens to its connections. */
import { describe, expect, test, vi } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import type { Job, JobEvent } from "#contract/job.ts";
import { FakeFetch, fakeSleep, problem, type SentRequest } from "../../helpers/fake-fetch.ts";

const ID = "job_00000000000000000000000000";

const log = (seq: number): JobEvent => ({ seq, at: 0, kind: "log", data: { line: `line ${seq}`, attempt: 1 } });
const end = (seq: number): JobEvent => ({
  seq,
  at: 0,
  kind: "status",
  data: { state: "succeeded", attempt: 1, error: null, notBefore: null },
});

/** One SSE answer; `brokenBy` makes the connection fail after the text. */
function sse(text: string, brokenBy?: Error): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (!brokenBy) controller.close();
    },
    pull(controller) {
      if (brokenBy) controller.error(brokenBy);
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

const frame = (event: JobEvent): string => `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
const frames = (...events: JobEvent[]): string => `retry: 1000\n\n: ping\n\n${events.map(frame).join("")}`;
const jobView = (state: Job["state"], seq: number): Response => Response.json({ state, seq });

function kilnWith(fake: FakeFetch): Kiln {
  return new Kiln({ api: "http://kiln.test", fetch: fake.fetch, sleep: fakeSleep().sleep });
}

async function seqs(events: AsyncIterable<JobEvent>): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of events) seen.push(event.seq);
  return seen;
}

const lastEventIds = (sent: readonly SentRequest[]): (string | null)[] =>
  sent.filter(({ url }) => url.endsWith("/events")).map(({ headers }) => headers.get("last-event-id"));

describe("the event iterator", () => {
  test("ends after the event that ends the job", async () => {
    const fake = new FakeFetch(sse(frames(log(1), end(2))));
    expect(await seqs(kilnWith(fake).events(ID))).toEqual([1, 2]);
    expect(fake.sent).toHaveLength(1);
  });

  test("goes on behind the last event when the server closes the stream", async () => {
    const fake = new FakeFetch(sse(frames(log(1), log(2))), sse(frames(log(3), end(4))));
    expect(await seqs(kilnWith(fake).events(ID))).toEqual([1, 2, 3, 4]);
    expect(lastEventIds(fake.sent)).toEqual([null, "2"]);
  });

  test("goes on when the connection breaks in the middle of an event", async () => {
    const cut = frames(log(1)) + frame(log(2)).slice(0, 20);
    const fake = new FakeFetch(sse(cut, new TypeError("terminated")), sse(frames(log(2), end(3))));
    expect(await seqs(kilnWith(fake).events(ID))).toEqual([1, 2, 3]);
    expect(lastEventIds(fake.sent)).toEqual([null, "1"]);
  });

  test("shows no event twice when the server repeats some", async () => {
    const fake = new FakeFetch(sse(frames(log(1), log(2))), sse(frames(log(1), log(2), end(3))));
    expect(await seqs(kilnWith(fake).events(ID))).toEqual([1, 2, 3]);
  });

  test("begins after a given event", async () => {
    const fake = new FakeFetch(sse(frames(log(8), end(9))));
    expect(await seqs(kilnWith(fake).events(ID, { after: 7 }))).toEqual([8, 9]);
    expect(lastEventIds(fake.sent)).toEqual(["7"]);
  });

  test("ends at once for a finished job that has nothing more to tell", async () => {
    const fake = new FakeFetch(sse("retry: 1000\n\n"), jobView("succeeded", 9));
    expect(await seqs(kilnWith(fake).events(ID, { after: 9 }))).toEqual([]);
  });

  test("keeps connecting while a quiet job runs, and gives up when nothing ever comes", async () => {
    const fake = new FakeFetch((request) => (request.url.endsWith("/events") ? sse("") : jobView("running", 1)));
    await expect(seqs(kilnWith(fake).events(ID))).rejects.toThrow(/breaks off again and again/);
    expect(lastEventIds(fake.sent)).toHaveLength(10);
  });

  test("waits for a server that is being restarted, however long its own tries take, up to some minutes", async () => {
    const away = () => new TypeError("fetch failed");
    const clock = fakeSleep();
    const restarted = new FakeFetch(sse(frames(log(1))), ...Array.from({ length: 12 }, away), sse(frames(end(2))));
    const kiln = new Kiln({ api: "http://kiln.test", fetch: restarted.fetch, sleep: clock.sleep });
    const onAway = vi.fn();
    expect(await seqs(kiln.events(ID, { onAway }))).toEqual([1, 2]);
    // Told once, not at each try.
    expect(onAway.mock.calls).toEqual([[true], [false]]);
    expect(lastEventIds(restarted.sent).slice(-2)).toEqual(["1", "1"]);
    const gone = new FakeFetch(sse(frames(log(1))), away());
    await expect(seqs(kilnWith(gone).events(ID))).rejects.toBeInstanceOf(KilnUnreachableError);
    // One that was never there is told of at once.
    const never = new FakeFetch(away());
    await expect(seqs(kilnWith(never).events(ID))).rejects.toBeInstanceOf(KilnUnreachableError);
    expect([lastEventIds(gone.sent).length, never.sent.length]).toEqual([1 + 9 * 5, 5]);
  });

  test("leaves a connection that went dead without a word", async () => {
    vi.useFakeTimers();
    const canceled = vi.fn();
    const dead = new Response(new ReadableStream({ start: () => undefined, cancel: canceled }));
    const fake = new FakeFetch(dead, jobView("running", 1), sse(frames(log(1), end(2))));
    try {
      const seen = seqs(kilnWith(fake).events(ID));
      await vi.advanceTimersByTimeAsync(44_000);
      expect(canceled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await seen).toEqual([1, 2]);
      expect(canceled).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  test("throws what the server refuses with", async () => {
    const fake = new FakeFetch(problem("job_not_found", 404, false));
    await expect(seqs(kilnWith(fake).events(ID))).rejects.toBeInstanceOf(KilnError);
  });

  test("ends with the reason of an abort, even while nothing arrives", async () => {
    const silent = new Response(new ReadableStream({ start: () => undefined }));
    const stop = new AbortController();
    const fake = new FakeFetch((request) => {
      queueMicrotask(() => stop.abort(new Error("enough")));
      return request.url.endsWith("/events") ? abortable(silent, stop.signal) : jobView("running", 1);
    });
    await expect(seqs(kilnWith(fake).events(ID, { signal: stop.signal }))).rejects.toThrow("enough");
  });

  test("splits a character that arrives in two pieces nowhere", async () => {
    const bytes = new TextEncoder().encode(
      frames({ seq: 1, at: 0, kind: "log", data: { line: "größer", attempt: 1 } }, end(2)),
    );
    const at = bytes.indexOf(0xc3) + 1;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, at));
        controller.enqueue(bytes.slice(at));
        controller.close();
      },
    });
    const events: JobEvent[] = [];
    for await (const event of kilnWith(new FakeFetch(new Response(body))).events(ID)) events.push(event);
    expect(events[0]?.data).toEqual({ line: "größer", attempt: 1 });
  });
});

/** What `fetch` does with a body when its signal aborts: reading it fails. */
function abortable(response: Response, signal: AbortSignal): Response {
  const body = new ReadableStream({
    start(controller) {
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
  return new Response(body, response);
}
