/** A real HTTP server on loopback for one test. Handlers are called in the order given, the last one for ever. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
export type Handler = (request: SeenRequest, response: ServerResponse) => void;

export async function startHttpServer(...handlers: Handler[]): Promise<{ url: string; requests: SeenRequest[] }> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const body = (await buffer(incoming)).toString();
    const request = { method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers, body };
    requests.push(request);
    (handlers.length > 1 ? handlers.shift() : handlers[0])?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Answers with JSON. */
export function json(status: number, body: unknown): Handler {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

/** Answers with problem+json. */
export function problem(status: number, code: string, detail = "It does not work."): Handler {
  return json(status, { type: "about:blank", title: "Problem", status, detail, instance: "/", code, retryable: false });
}
