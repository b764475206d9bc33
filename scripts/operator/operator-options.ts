/** Options of the operator's commands: which server is meant. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

export interface ServerOptions {
  /** A server that runs; null = the local stack on `stateDir`. */
  readonly url: string | null;
  readonly stateDir: string;
  /** Its ADMIN_KEY; absent: that of the local stack, or the variable KILN_ADMIN_KEY. */
  readonly adminKey?: string | undefined;
}

export interface OperatorOptions extends ServerOptions {
  readonly fix: boolean;
}

const DEFAULT_STATE = join(import.meta.dirname, "../../.kiln");

/** What the help of each command says about the server. */
export const SERVER_HELP = `  --state DIR    the local stack's state (default .kiln); it may be running or not
  --url URL      a deployed server instead; its ADMIN_KEY is read from the variable KILN_ADMIN_KEY
  --help
`;

/** Reads the options, "help", or a sentence about what is wrong. Paths are relative to `cwd`. */
export function readOperatorOptions(
  args: readonly string[],
  { takesFix = false, cwd = process.env.INIT_CWD ?? process.cwd() } = {},
): OperatorOptions | { readonly help: true } | { readonly error: string } {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const config = { state: text, url: text, fix: flag, help: { ...flag, short: "h" } } as const;
  let values: { state?: string; url?: string; fix?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: config, allowPositionals: false }));
  } catch (error) {
    return { error: (error as Error).message };
  }
  if (values.help) return { help: true };
  if (values.fix && !takesFix) return { error: "Unknown option '--fix'." };
  const server = serverOptions(values, cwd);
  return "error" in server ? server : { ...server, fix: values.fix ?? false };
}

/** Which server `--url` and `--state` mean, or a sentence about what is wrong. */
export function serverOptions(
  { url, state }: { readonly url?: string | undefined; readonly state?: string | undefined },
  cwd: string,
): ServerOptions | { readonly error: string } {
  if (url !== undefined && state !== undefined) {
    return { error: "Give --url or --state: one names a deployed server, the other a local one." };
  }
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url)) {
    return { error: `--url ${url} is not the address of a server, like https://kiln.example.` };
  }
  return { url: url ?? null, stateDir: state ? resolve(cwd, state) : DEFAULT_STATE };
}
