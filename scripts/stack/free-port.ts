/** Ports of this machine. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

/**
 * A port of 127.0.0.1 that can be listened on now: `port` itself, or any free one for 0.
 * @throws when `port` is taken, with a sentence that says what to do
 */
export async function freePort(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        taken ? new Error(`Port ${port} is taken. Stop what listens there, or choose another one with --port.`) : error,
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const found = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  return found;
}
