/** Serves a page with the real Uppy packages, on an origin of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { rolldown } from "rolldown";

const SOURCE = join(import.meta.dirname, "../fixtures/uppy/page.js");

export interface UppyPage {
  /** Its origin. */
  readonly origin: string;
  /** The page's address when it is to send to `api`, in parts or in one form. */
  address(api: string, multipart: boolean): string;
  stop(): void;
}

/** Bundles the page, a second or so, and serves it on loopback. */
export async function serveUppyPage(): Promise<UppyPage> {
  const bundle = await rolldown({ input: SOURCE, platform: "browser" });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();
  const page = `<!doctype html><title>Uppy</title><input type="file"><script>${output[0].code.replaceAll("</script", "<\\/script")}</script>`;
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    address: (api, multipart) => `${origin}/?${new URLSearchParams({ api, multipart: String(multipart) })}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
