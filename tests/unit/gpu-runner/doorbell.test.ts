/** `doorbell.ts` against a real WebSocket server: rings, reconnects, notices a dead connection. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Doorbell } from "../../../gpu-runner/doorbell.ts";
import { ManualClock } from "../../helpers/manual-clock.ts";
import { silentLog } from "../../helpers/runner-fixtures.ts";

/** A server, a doorbell that runs against it, and a queue of everything that happens. */
async function setUp(verifyClient?: () => boolean) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", verifyClient });
  await once(server, "listening");
  const clock = new ManualClock();
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  const note = (what: string) => {
    heard.push(what);
    for (const wake of waiting.splice(0)) wake();
  };
  const doorbell = new Doorbell({
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: "kiln_runner_key",
    pool: "cpu",
    runnerId: "run_1",
    log: silentLog,
    clock,
    onWork: () => note("work"),
    onCancel: (jobId) => note(`cancel ${jobId}`),
    onParts: (jobId) => note(`parts ${jobId}`),
  });
  const sockets: WebSocket[] = [];
  const requests: { url?: string; authorization?: string }[] = [];
  server.on("connection", (socket, request) => {
    sockets.push(socket);
    requests.push({ url: request.url, authorization: request.headers.authorization });
    socket.on("message", (data) => note(`server got ${data}`));
    socket.on("close", () => note("server saw close"));
    note("connected");
  });
  const ended = doorbell.run();
  onTestFinished(async () => {
    doorbell.close();
    await ended;
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  /** Resolves when `what` was heard `count` times. */
  const until = async (what: string, count = 1) => {
    while (heard.filter((each) => each === what).length < count) await new Promise<void>((wake) => waiting.push(wake));
  };
  return { server, clock, doorbell, ended, sockets, requests, heard, until };
}

const JOB_ID = `job_${"0".repeat(26)}`;

describe("Doorbell", () => {
  test("connects with the key, and takes a new connection for a ring", async () => {
    const { requests, until } = await setUp();
    await until("work");
    expect(requests).toEqual([
      { url: "/runner/v1/pools/cpu/doorbell?runnerId=run_1", authorization: "Bearer kiln_runner_key" },
    ]);
  });

  test("passes on rings and cancels, and ignores what it does not know", async () => {
    const { sockets, heard, until } = await setUp();
    await until("work");
    for (const text of ["pong", "{", "[]", '{"kind":"new-thing"}', '{"kind":"cancel","jobId":"x"}'])
      sockets[0]?.send(text);
    sockets[0]?.send(JSON.stringify({ kind: "cancel", jobId: JOB_ID }));
    sockets[0]?.send(JSON.stringify({ kind: "work" }));
    await until("work", 2);
    expect(heard).toEqual(["connected", "work", `cancel ${JOB_ID}`, "work"]);
  });

  test("pings, and keeps a connection that answers", async () => {
    const { sockets, clock, heard, until } = await setUp();
    await until("work");
    for (let ping = 1; ping <= 3; ping++) {
      await clock.advance(30_000);
      await until("server got ping", ping);
      sockets[0]?.send("pong");
      sockets[0]?.send(JSON.stringify({ kind: "work" }));
      await until("work", ping + 1);
    }
    expect(heard).not.toContain("server saw close");
  });

  test("drops a connection that does not answer, and makes a new one", async () => {
    const { clock, until } = await setUp();
    await until("work");
    await clock.advance(30_000);
    await until("server got ping");
    await clock.advance(30_000);
    await until("server saw close");
    await reconnected(clock, until("work", 2));
  });

  test("connects again when the server hangs up", async () => {
    const { sockets, clock, until } = await setUp();
    await until("work");
    sockets[0]?.terminate();
    await until("server saw close");
    await reconnected(clock, until("work", 2));
  });

  test("connects again after being refused", async () => {
    let refusals = 2;
    const { clock, until } = await setUp(() => refusals-- <= 0);
    await reconnected(clock, until("work"));
  });

  test("closing ends it", async () => {
    const { doorbell, ended, until } = await setUp();
    await until("work");
    doorbell.close();
    await ended;
    await until("server saw close");
  });
});

/** Lets time pass until `done`; the waits before a reconnect begin only when the socket's end was noticed. */
async function reconnected(clock: ManualClock, done: Promise<void>): Promise<void> {
  let over = false;
  done.then(() => {
    over = true;
  });
  while (!over) await clock.advance(1_000);
}
