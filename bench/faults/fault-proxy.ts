/**
 * Stands between one runner and the Worker, knows each call by name, and lets something happen at a chosen moment of a
 * chosen one: so that faults hit where they are meant to, with no hook in the product. It can also be a black hole: bytes
 * go in and none come out, and no connection is closed.
 */
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";

/**
 * Where in a call: nothing of it has reached the Worker; half of the file has been passed on; the Worker has answered and
 * the runner does not know; the runner has the answer.
 */
export type Moment = "before" | "halfway" | "answered" | "told";

/** A call of the runner, as it went by. */
export interface SeenCall {
  /** `register`, `lease`, `extend`, `progress`, `complete` …, `upload` and `download` for files. */
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of the Worker's answer; null while there is none. */
  status: number | null;
  /** The Worker's answer when it is JSON. */
  answer: unknown;
}

interface Trap {
  readonly moment: Moment;
  fits(call: SeenCall): boolean;
  /** What happens. "drop": the runner's connection breaks, and nothing more of the call is passed on. */
  spring(call: SeenCall): "drop" | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export class FaultProxy {
  readonly calls: SeenCall[] = [];
  /** While false, lease calls are answered "no work" and do not reach the Worker. */
  mayLease = true;
  readonly #workerPort: number;
  readonly #agent = new Agent({ keepAlive: false });
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new Set<Duplex>();
  /** Connections from which, and to which, nothing comes through any more. */
  readonly #silent = new WeakSet<Duplex>();
  readonly #doorbells = new Set<Duplex>();
  #isHole = false;
  #traps: Trap[] = [];
  #watchers: (() => void)[] = [];

  private constructor(workerPort: number) {
    this.#workerPort = workerPort;
    this.#server.on("connection", (socket) => this.#note(socket));
    this.#server.on("upgrade", (request, socket, head) => this.#join(request, socket as Socket, head));
  }

  /** Listens on a free port of 127.0.0.1. */
  static async start(workerPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(workerPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** Whether the doorbell was swallowed and is still open. */
  get isDeaf(): boolean {
    return [...this.#doorbells].some((socket) => this.#silent.has(socket));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next call that fits springs this trap, once. Resolves with it when it has. */
  once(moment: Moment, fits: Trap["fits"], spring: Trap["spring"] = () => undefined): Promise<SeenCall> {
    return new Promise((resolve) => {
      const once = (call: SeenCall) => {
        resolve(call);
        return spring(call);
      };
      this.#traps.push({ moment, fits, spring: once });
    });
  }

  /** Resolves as soon as what went by so far fits. */
  async until(fits: (calls: readonly SeenCall[]) => boolean): Promise<void> {
    while (!fits(this.calls)) await new Promise<void>((wake) => this.#watchers.push(wake));
  }

  /** Bytes in, none out, nothing closed. Connections that were open then stay silent for ever, as behind a lost route. */
  swallow(): void {
    this.#isHole = true;
    for (const socket of this.#sockets) this.#silent.add(socket);
  }

  /** New connections come through again. */
  heal(): void {
    this.#isHole = false;
  }

  /** Tells the runner that there may be work, as the Worker's doorbell does. */
  ring(): void {
    const text = Buffer.from(JSON.stringify({ kind: "work" }));
    // One unmasked text frame of less than 126 bytes (RFC 6455, 5.2).
    for (const socket of this.#doorbells)
      if (!this.#silent.has(socket)) socket.write(Buffer.from([0x81, text.length, ...text]));
  }

  /** Forgets what went by, and traps that nothing sprang. */
  reset(): void {
    this.calls.length = 0;
    this.#traps = [];
    this.mayLease = true;
    this.heal();
  }

  close(): void {
    this.#server.close();
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #note(socket: Duplex): void {
    this.#sockets.add(socket);
    if (this.#isHole) this.#silent.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await buffer(request);
      if (this.#silent.has(request.socket)) return;
      const call = readCall(request, body);
      this.calls.push(call);
      if (call.name === "lease" && !this.mayLease) return void response.writeHead(204).end();
      if (this.#spring("before", call)) return void response.destroy();
      const answer = await this.#forward(request, body, call);
      if (!answer) return void response.destroy();
      call.status = answer.status;
      call.answer = parseJson(answer.body);
      if (this.#silent.has(request.socket)) return;
      if (this.#spring("answered", call)) return void response.destroy();
      await this.#tell(answer, call, response);
      this.#spring("told", call);
    } catch {
      // Runner or Worker went away in the middle: the other side is to notice.
      response.destroy();
    } finally {
      for (const wake of this.#watchers.splice(0)) wake();
    }
  }

  /** Springs the first trap that fits. True when the call ends here. */
  #spring(moment: Moment, call: SeenCall): boolean {
    const trap = this.#traps.find((candidate) => candidate.moment === moment && candidate.fits(call));
    if (!trap) return false;
    this.#traps = this.#traps.filter((other) => other !== trap);
    return trap.spring(call) === "drop";
  }

  /** The Worker's answer, or null when a trap ended the call halfway. */
  async #forward(request: IncomingMessage, body: Buffer, call: SeenCall): Promise<Answer | null> {
    const { method, url } = request;
    // Host stays as the runner wrote it: the Worker signs the addresses of files with it. Answers are read here.
    const headers = { ...request.headers, "accept-encoding": "identity" };
    const options = { host: "127.0.0.1", port: this.#workerPort, method, path: url, headers, agent: this.#agent };
    const outgoing = sendRequest(options);
    const answered = new Promise<Answer>((resolve, reject) => {
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => {
        const { statusCode: status = 0, headers: answerHeaders } = incoming;
        buffer(incoming).then((content) => resolve({ status, headers: answerHeaders, body: content }), reject);
      });
    });
    answered.catch(() => undefined);
    if (call.name === "upload" && this.#waitsFor("halfway", call)) {
      await new Promise((resolve) => outgoing.write(body.subarray(0, body.length / 2), resolve));
      if (this.#spring("halfway", call)) {
        outgoing.destroy();
        return null;
      }
      outgoing.end(body.subarray(body.length / 2));
    } else outgoing.end(body);
    return await answered;
  }

  async #tell({ status, headers, body }: Answer, call: SeenCall, response: ServerResponse): Promise<void> {
    const { "transfer-encoding": _chunked, connection: _connection, ...rest } = headers;
    response.writeHead(status, { ...rest, "content-length": body.length });
    if (call.name === "download" && this.#waitsFor("halfway", call)) {
      await new Promise((resolve) => response.write(body.subarray(0, body.length / 2), resolve));
      if (this.#spring("halfway", call)) return void response.destroy();
      body = body.subarray(body.length / 2);
    }
    await new Promise<void>((resolve) => response.end(body, resolve));
  }

  #waitsFor(moment: Moment, call: SeenCall): boolean {
    return this.#traps.some((trap) => trap.moment === moment && trap.fits(call));
  }

  /** The doorbell: a WebSocket is passed on byte by byte. */
  #join(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const worker = connect(this.#workerPort, "127.0.0.1");
    this.#note(worker);
    this.#doorbells.add(socket);
    socket.once("close", () => this.#doorbells.delete(socket));
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    }
    worker.write(`${lines.join("\r\n")}\r\n\r\n`);
    worker.write(head);
    for (const [from, to] of [
      [socket, worker],
      [worker, socket],
    ] as const) {
      from.on("data", (bytes) => this.#silent.has(socket) || to.write(bytes));
      from.once("close", () => this.#silent.has(socket) || to.destroy());
    }
  }
}

function readCall({ method, url = "" }: IncomingMessage, body: Buffer): SeenCall {
  const path = url.split("?")[0] ?? "";
  const files: Record<string, string> = { GET: "download", PUT: "upload" };
  const name = path.startsWith("/files/") ? (files[method ?? ""] ?? "") : (path.split("/").at(-1) ?? "");
  const json = method === "POST" ? parseJson(body) : undefined;
  return { name, body: (json ?? {}) as Record<string, unknown>, status: null, answer: undefined };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
