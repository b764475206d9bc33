/** Which server, and as whom: from flags, then from the environment, then from what `kiln login` and earlier calls left. */
import { Kiln, newSession } from "#client/kiln.ts";
import { UsageError } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";
import { changeSettings, readSettings, settingsPath, withCredentials } from "./settings.ts";
import { uploadStore } from "./upload-store.ts";

const DEFAULT_API = "http://127.0.0.1:8787";
/** What the server takes for a session. */
const SESSION = /^[0-9a-f]{32,64}$/;

/** Where a command line's `--api` and `--key` are looked up. */
export interface ServerFlags {
  value(name: string): string | undefined;
}

/** Who is asking: with a key, or as an anonymous visitor whose jobs are found again by the session. */
export interface Caller {
  readonly api: string;
  readonly key?: string;
  readonly session?: string;
}

/**
 * The server and the credentials. Those of one server are never sent to another. A first anonymous call makes a session and
 * keeps it, so that `kiln jobs` lists what was made by earlier calls.
 */
export async function whoCalls(flags: ServerFlags, { env, stderr }: Terminal): Promise<Caller> {
  const settings = await readSettings(env);
  const api = checkAddress(flags.value("api") ?? env.KILN_URL ?? settings.api ?? DEFAULT_API);
  const { origin } = new URL(api);
  const kept = settings.servers[origin] ?? {};
  // A key that comes out of a file has the end of its line with it.
  const key = (flags.value("key") ?? env.KILN_API_KEY ?? kept.key)?.trim();
  if (key && !/^[\x21-\x7e]+$/.test(key))
    throw new UsageError(
      "The API key holds a blank or a line break in its middle: there must be one key, and nothing else.",
    );
  if (key) return { api, key };
  if (env.KILN_SESSION !== undefined && !SESSION.test(env.KILN_SESSION)) {
    throw new UsageError("KILN_SESSION must be 32 to 64 hexadecimal digits: openssl rand -hex 16 makes one.");
  }
  if (env.KILN_SESSION ?? kept.session) return { api, session: env.KILN_SESSION ?? kept.session };
  const session = newSession();
  await changeSettings(env, (now) => withCredentials(now, origin, { session })).catch((error: Error) => {
    stderr.write(
      `warning: ${settingsPath(env)} can't be written (${error.message}); later calls won't find these jobs\n`,
    );
  });
  return { api, session };
}

/** A client for the server that the flags, the environment or the settings name. */
export async function connect(flags: ServerFlags, terminal: Terminal): Promise<Kiln> {
  return new Kiln({ ...(await whoCalls(flags, terminal)), uploadStore: uploadStore(terminal.env) });
}

function checkAddress(api: string): string {
  if (/^https?:\/\//.test(api) && URL.canParse(api)) return api;
  throw new UsageError(`--api: "${api}" is not the address of a server; it looks like ${DEFAULT_API}`);
}
