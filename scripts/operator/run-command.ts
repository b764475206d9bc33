/** What the operator's commands have in common: options, the server, errors as sentences, the exit code. */
import { type OpenServer, openServer } from "./open-server.ts";
import { type OperatorOptions, readOperatorOptions, type ServerOptions } from "./operator-options.ts";

export interface OperatorCommand {
  readonly help: string;
  /** Whether there is `--fix`. */
  readonly takesFix: boolean;
  /** Does the work; answers the exit code. */
  run(server: OpenServer, options: OperatorOptions): Promise<number>;
}

/** Runs the command. Exit codes: its own, or 2 when it could not be done. */
export async function runCommand({ help, takesFix, run }: OperatorCommand, args: readonly string[]): Promise<number> {
  return withOptions(readOperatorOptions(args, { takesFix }), help, (options) =>
    onServer(options, (server) => run(server, options)),
  );
}

/** Goes on with the options that were read, or says what there are: when asked for, or with what is wrong with those given. */
export async function withOptions<Options extends object>(
  options: Options | { readonly help: true } | { readonly error: string },
  help: string,
  goOn: (options: Options) => Promise<number>,
): Promise<number> {
  if ("help" in options) {
    process.stdout.write(help);
    return 0;
  }
  if ("error" in options) {
    process.stderr.write(`kiln: ${options.error}\n\n${help}`);
    return 2;
  }
  return goOn(options);
}

/** Runs `work` on the server that the options mean; answers its exit code, or 2 when it could not be done. */
export async function onServer(options: ServerOptions, work: (server: OpenServer) => Promise<number>): Promise<number> {
  try {
    const server = await openServer(options);
    try {
      return await work(server);
    } finally {
      await server.close();
    }
  } catch (error) {
    // fetch says no more than "fetch failed"; why is in the cause.
    const { message, cause } = error as Error;
    process.stderr.write(`kiln: ${cause instanceof Error ? `${message}: ${cause.message}` : message}\n`);
    return 2;
  }
}
