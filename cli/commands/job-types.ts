/** `kiln types`: what can be asked for. From a server when one is named, else what this version knows. */
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { findType } from "../arguments/job-request.ts";
import { writeJson } from "../display/json-lines.ts";
import { painter } from "../display/table.ts";
import { typeHelp } from "../display/type-help.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";

/** The job types this version of the command knows without asking anyone. */
export function knownTypes(): JobTypeInfo[] {
  return JOB_TYPES.map((type) => describeJobType(type));
}

const FLAGS = [JSON_FLAG, ...SERVER_FLAGS];

export const types: Command = {
  name: "types",
  group: "Make something",
  summary: "what can be asked for; of one type its files, parameters and results",
  usage: ["types [TYPE]"],
  description: "With --api or KILN_URL the server is asked; else it is what this version knows.",
  flags: FLAGS,
  examples: [
    ["types", ""],
    ["types image-to-svg", "every parameter with range, default and meaning"],
    ["types --json | jq -r '.jobTypes[].name'", ""],
  ],
  words: ["job-type", "none"],
  run: typesCommand,
};

async function typesCommand(args: readonly string[], terminal: Terminal): Promise<undefined> {
  const given = readArguments(args, FLAGS);
  const [name, more] = given.words;
  if (more !== undefined) throw new UsageError("One type at a time, please.");
  const remote = given.value("api") !== undefined || terminal.env.KILN_URL !== undefined;
  const known = remote ? await (await connect(given, terminal)).jobTypes({ signal: terminal.signal }) : knownTypes();
  if (name !== undefined) {
    const type = findType(known, name);
    if (given.has("json")) writeJson(terminal.stdout, type);
    else terminal.stdout.write(typeHelp(type, "run"));
  } else if (given.has("json")) writeJson(terminal.stdout, { jobTypes: known });
  else terminal.stdout.write(listOf(known, terminal));
}

function listOf(known: readonly JobTypeInfo[], { stdout, env }: Terminal): string {
  const rows = known.map(({ name, description, inputs }) => {
    const files = inputs.max === 0 ? "nothing" : inputs.extensions.join(" ") || "any file";
    return [name, description, files];
  });
  const list = rows.map(
    ([name, description, files]) => `${(name as string).padEnd(18)} ${description}\n${" ".repeat(19)}takes ${files}\n`,
  );
  const paint = painter(stdout, env);
  return `${list.join("")}\n${paint("dim", "kiln types TYPE shows the parameters of one.")}\n`;
}
