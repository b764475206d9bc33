/** `kiln login`, `kiln logout`: the server and the key that later calls use. */
import { text } from "node:stream/consumers";
import { Kiln } from "#client/kiln.ts";
import { type FlagSpec, readArguments } from "../arguments/flags.ts";
import { UsageError } from "../exit-codes.ts";
import { changeSettings, readSettings, settingsPath, withCredentials } from "../server/settings.ts";
import { typedKey } from "../server/typed-key.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";

const LOGIN_FLAGS: readonly FlagSpec[] = [
  { name: "api", value: "URL", summary: "the server (default: KILN_URL, else the one that is set)" },
  {
    name: "key",
    value: "KEY",
    summary: "API key (default: standard input; a key in a command line may be seen by others)",
  },
  { name: "anonymous", summary: "without a key: only the address is kept" },
];

export const login: Command = {
  name: "login",
  group: "Server and account",
  summary: "keep a server's address and an API key for later calls",
  usage: ["login --api URL < key.txt", "login --api URL --anonymous"],
  description:
    "The key is tried, then kept in $XDG_CONFIG_HOME/kiln/config.json (else ~/.config), which only you can read, and is sent\n" +
    "to this server only. KILN_URL, KILN_API_KEY and KILN_SESSION win over what is kept.",
  flags: LOGIN_FLAGS,
  examples: [
    ["login --api https://kiln.example.com", "asks for the key"],
    ["login --api https://kiln.example.com < key.txt", ""],
  ],
  words: ["none", "none"],
  run: loginCommand,
};

const LOGOUT_FLAGS: readonly FlagSpec[] = [
  { name: "api", value: "URL", summary: "the server (default: the one that is set)" },
];

export const logout: Command = {
  name: "logout",
  group: "Server and account",
  summary: "forget a server's key and session",
  usage: ["logout [--api URL]"],
  description: "The key stays valid: kiln keys revoke ends it. Jobs of a forgotten session can't be listed again.",
  flags: LOGOUT_FLAGS,
  examples: [],
  words: ["none", "none"],
  async run(args, { env, stdout }) {
    const api = await serverOf(readArguments(args, LOGOUT_FLAGS).value("api"), env);
    const { origin } = new URL(api);
    await changeSettings(env, ({ servers: { [origin]: _forgotten, ...others }, api: standard }) => ({
      servers: others,
      ...(standard === undefined || new URL(standard).origin === origin ? {} : { api: standard }),
    }));
    stdout.write(`${origin} is forgotten\n`);
    return undefined;
  },
};

async function loginCommand(args: readonly string[], terminal: Terminal): Promise<undefined> {
  const { env, stdout, signal } = terminal;
  const given = readArguments(args, LOGIN_FLAGS);
  const api = await serverOf(given.value("api"), env);
  const { origin } = new URL(api);
  if (given.has("anonymous")) {
    await new Kiln({ api }).health({ signal, repeatable: false });
    await changeSettings(env, (settings) => ({ ...settings, api }));
    stdout.write(`${origin} is the server from now on, without a key\n`);
    return;
  }
  const key = given.value("key") ?? (await readKey(origin, terminal));
  const { scopes } = await new Kiln({ api, key }).caller({ signal });
  await changeSettings(env, (settings) => withCredentials({ ...settings, api }, origin, { key }));
  stdout.write(`Logged in at ${origin}: the key may ${scopes.join(", ")}. Kept in ${settingsPath(env)}\n`);
}

async function serverOf(flag: string | undefined, env: Terminal["env"]): Promise<string> {
  const api = flag ?? env.KILN_URL ?? (await readSettings(env)).api;
  if (api === undefined) throw new UsageError("Name the server: --api https://…");
  if (/^https?:\/\//.test(api) && URL.canParse(api)) return api;
  throw new UsageError(`--api: "${api}" is not the address of a server; it looks like https://kiln.example.com`);
}

/** The key from standard input, a line. On a terminal it is asked for. */
async function readKey(origin: string, terminal: Terminal): Promise<string> {
  const { stdin } = terminal;
  const line = stdin.isTTY ? await typedKey(`API key for ${origin} (not shown): `, terminal) : await text(stdin);
  const key = line.trim();
  if (/^[\x21-\x7e]{16,512}$/.test(key)) return key;
  throw new UsageError("That is no API key: one line of at least 16 characters, without spaces.");
}
