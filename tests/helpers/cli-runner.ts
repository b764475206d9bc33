/** Runs command lines of `kiln` in this process, with a terminal, an environment and settings of their own. */
import { Readable } from "node:stream";
import { main } from "../../cli/main.ts";

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** A terminal in the place of `stdin`. */
  readonly keyboard?: Readable & { readonly isTTY: boolean };
  readonly signal?: AbortSignal;
  /** Sees what is written as it goes. */
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What a second Ctrl-C would say. */
  readonly parting: string;
}

/** Settings go into `.config` of the working directory. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const parting = { words: "" };
  const exitCode = await main(args, {
    stdin: options.keyboard ?? Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stdout: {
      write: (text: string) => {
        stdout += text;
        options.onStdout?.(text);
      },
    },
    stderr: {
      write: (text: string) => {
        stderr += text;
        options.onStderr?.(text);
      },
    },
    env: { XDG_CONFIG_HOME: `${options.cwd}/.config`, XDG_STATE_HOME: `${options.cwd}/.state`, ...options.env },
    cwd: options.cwd,
    signal: options.signal ?? new AbortController().signal,
    parting,
  });
  return { exitCode, stdout, stderr, parting: parting.words };
}
