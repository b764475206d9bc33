/** Which server, and as whom: from flags, then from the environment. */
import { Kiln, newSession } from "#client/kiln.ts";
import { findFlag } from "../arguments/command-line.ts";
import { UsageError } from "../exit-codes.ts";

const DEFAULT_API = "http://127.0.0.1:8787";

/** A client for `--api` and `--key`, or KILN_API and KILN_API_KEY, or an anonymous one for a server on this machine. */
export function connect(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Kiln {
  const api = findFlag(args, "api") ?? env.KILN_API ?? DEFAULT_API;
  const key = findFlag(args, "key") ?? env.KILN_API_KEY;
  try {
    return new Kiln({ api, key, session: newSession() });
  } catch (error) {
    throw new UsageError(`--api: ${(error as Error).message}`);
  }
}
