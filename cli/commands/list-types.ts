/** `kiln types`: what can be asked for. From a server when one is named, else what this version knows. */
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { splitCommandLine } from "../arguments/command-line.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";

/** The job types this version of the command knows without asking anyone. */
export function knownTypes(): JobTypeInfo[] {
  return JOB_TYPES.map(describeJobType);
}

/** Prints name, inputs and description of every type, or with `--json` all of it. */
export async function typesCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const { flags } = splitCommandLine(args, (flag) => flag === "json");
  const remote = flags.some(({ name }) => name === "api") || terminal.env.KILN_API;
  const types = remote ? await connect(args, terminal.env).jobTypes({ signal: terminal.signal }) : knownTypes();
  if (flags.some(({ name }) => name === "json")) {
    terminal.stdout.write(`${JSON.stringify({ jobTypes: types })}\n`);
    return;
  }
  const width = Math.max(...types.map(({ name }) => name.length));
  for (const { name, description, inputs } of types) {
    const accepts = inputs.max === 0 ? "" : ` [${inputs.label}: ${inputs.extensions.join(" ") || "any file"}]`;
    terminal.stdout.write(`${name.padEnd(width)}  ${description}${accepts}\n`);
  }
  terminal.stdout.write("\nkiln run TYPE --help shows the parameters of one.\n");
}
