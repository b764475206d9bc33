/** Serves a page with the real Uppy packages, on an origin of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { rolldown } from "rolldown";

const SOURCE = join(import.meta.dirname, "../fixtures/uppy/page.js");

export interface UppyPage {
  /** Its origin. */
  readonly origin: string;
  /** The page's address when it is to send to `api`, in parts or in one form, and to remember that under `memory`. */
  address(settings: { readonly api: string; readonly multipart: boolean; readonly memory: string }): string;
  /** From now on the page's own server takes what is sent to `/s3/…` of its origin. */
  serveCalls(handler: FetchHandler): void;
  stop(): void;
}

interface FetchHandler {
  fetch(request: Request): Promise<Response>;
}

/** Bundles the page, a second or so, and serves it on loopback. */
export async function serveUppyPage(): Promise<UppyPage> {
  const bundle = await rolldown({ input: SOURCE, platform: "browser" });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  const page = `<!doctype html><title>Uppy</title><input type="file"><script>${output[0].code.replaceAll("</script", "<\\/script")}</script>`;
  let own: FetchHandler | null = null;
  const server = createServer((request, response) => {
    if (own && request.url?.startsWith("/s3/")) return void passOn(own, request, response);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    address: ({ api, multipart, memory }) =>
      `${origin}/?${new URLSearchParams({ api, memory, multipart: String(multipart) })}`,
    serveCalls(handler) {
      own = handler;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function passOn(own: FetchHandler, asked: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/", headers } = asked;
  const body = method === "POST" ? await text(asked) : undefined;
  const answer = await own.fetch(new Request(new URL(url, `http://${headers.host}`), { method, body }));
  const contentType = answer.headers.get("Content-Type") ?? "text/plain";
  response.writeHead(answer.status, { "content-type": contentType }).end(await answer.text());
}
