/** The server that an operator's command is for: a deployed one, the local stack that runs, or one started for a moment. */
import { existsSync } from "node:fs";
import { localSecrets } from "../stack/local-secrets.ts";
import { startStack } from "../stack/stack.ts";
import { runningAddress } from "../stack/state-lock.ts";
import { AdminClient } from "./admin-client.ts";
import type { ServerOptions } from "./operator-options.ts";

export interface OpenServer {
  readonly url: string;
  readonly client: AdminClient;
  /** Stops what was started for this. */
  close(): Promise<void>;
}

/** @throws with a sentence that says what to do */
export async function openServer({ url, stateDir, adminKey }: ServerOptions): Promise<OpenServer> {
  if (url !== null) {
    const key = adminKey ?? process.env.KILN_ADMIN_KEY;
    if (!key) throw new Error("Set KILN_ADMIN_KEY to the server's ADMIN_KEY.");
    return { url, client: new AdminClient(url, key), close: async () => undefined };
  }
  if (!existsSync(stateDir)) {
    throw new Error(`There is no state at ${stateDir}. Name its folder with --state, or a server with --url.`);
  }
  const ADMIN_KEY = adminKey ?? localSecrets(stateDir).ADMIN_KEY;
  const running = runningAddress(stateDir);
  if (running !== null) {
    return { url: running, client: new AdminClient(running, ADMIN_KEY), close: async () => undefined };
  }
  const stack = await startStack({ port: 0, stateDir, runners: 0, site: false });
  return { url: stack.url, client: new AdminClient(stack.url, ADMIN_KEY), close: () => stack.stop() };
}
