/** Options of `npm start` and `npm run dev`. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

export interface StartOptions {
  readonly port: number;
  readonly stateDir: string;
  readonly runners: number;
}

const DEFAULT_PORT = 8787;
const MAX_RUNNERS = 64;
const DEFAULT_STATE = join(import.meta.dirname, "../../.kiln");

export const START_HELP = `Starts Kiln on this machine: Worker, site, runners.

  npm start -- [options]
  npm run dev -- [options]      the same under \`wrangler dev\`

  --port N       port of 127.0.0.1 (default ${DEFAULT_PORT}; 0 = any free one)
  --state DIR    where jobs and files are kept (default .kiln)
  --runners N    how many runners (default 1; 0 = jobs stay queued)
  --help
`;

function wholeNumber(text: string, max: number): number | null {
  const value = Number(text);
  return /^\d+$/.test(text) && value <= max ? value : null;
}

/** Reads the options: what to start, "help", or a sentence about what is wrong. Paths are relative to `cwd`. */
export function readStartOptions(
  args: readonly string[],
  cwd: string = process.env.INIT_CWD ?? process.cwd(),
): StartOptions | { readonly help: true } | { readonly error: string } {
  const text = { type: "string" } as const;
  const config = { port: text, state: text, runners: text, help: { type: "boolean", short: "h" } } as const;
  let values: { port?: string; state?: string; runners?: string; help?: boolean };
  try {
    ({ values } = parseArgs({ args: [...args], options: config, allowPositionals: false }));
  } catch (error) {
    return { error: `${(error as Error).message}\n\n${START_HELP}` };
  }
  if (values.help) return { help: true };
  const port = wholeNumber(values.port ?? String(DEFAULT_PORT), 65_535);
  if (port === null) return { error: `--port ${values.port} is not a port: a number from 0 to 65535.` };
  const runners = wholeNumber(values.runners ?? "1", MAX_RUNNERS);
  if (runners === null) return { error: `--runners ${values.runners} is not a number from 0 to ${MAX_RUNNERS}.` };
  return { port, runners, stateDir: values.state ? resolve(cwd, values.state) : DEFAULT_STATE };
}
