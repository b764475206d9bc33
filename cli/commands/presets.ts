/** `kiln presets`: parameters under a name, those of the job types and your account's own. */
import type { Kiln } from "#client/kiln.ts";
import { type FlagSpec, JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { readJobId } from "../arguments/job-ids.ts";
import { writeJson } from "../display/json-lines.ts";
import { painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";

const ACTIONS = ["list", "save", "remove"] as const;
const FLAGS: readonly FlagSpec[] = [
  { name: "title", value: "TEXT", summary: "what people read (save; default: the name)" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

export const presets: Command = {
  name: "presets",
  group: "Server and account",
  summary: "parameters under a name: list, save those of a job, remove",
  usage: ["presets list [TYPE]", "presets save NAME JOB [--title TEXT]", "presets remove TYPE NAME"],
  description: "kiln run TYPE --preset NAME takes them. Saving needs an API key: presets belong to an account.",
  flags: FLAGS,
  examples: [["presets save shop-window job_…", "what that job was made with"]],
  words: [ACTIONS, "none"],
  async run(args, terminal) {
    const given = readArguments(args, FLAGS);
    const [action = "list", ...words] = given.words;
    const [first, second, more] = words;
    const kiln = await connect(given, terminal);
    const { stdout, signal } = terminal;
    const tell = (value: object, text: string) =>
      given.has("json") ? writeJson(stdout, value) : stdout.write(`${text}\n`);
    if (more !== undefined) throw wrong(given.words);
    if (action === "list" && second === undefined) await list(kiln, first, given.has("json"), terminal);
    else if (action === "save" && first !== undefined) {
      const { type, params } = await kiln.job(readJobId(second), { signal });
      const saved = await kiln.presets.put(type, first, { params, title: given.value("title") }, { signal });
      tell(saved, `${saved.name} holds what the job was made with: kiln run ${type} --preset ${saved.name}`);
    } else if (action === "remove" && first !== undefined && second !== undefined) {
      await kiln.presets.remove(first, second, { signal });
      tell({ removed: second, type: first }, `${second} of ${first} is removed`);
    } else throw wrong(given.words);
    return undefined;
  },
};

async function list(kiln: Kiln, type: string | undefined, json: boolean, terminal: Terminal): Promise<void> {
  const { stdout, env, signal } = terminal;
  const types = (await kiln.jobTypes({ signal })).filter(({ name }) => type === undefined || name === type);
  if (types.length === 0) throw new UsageError(`There is no job type "${type}". kiln types lists them.`);
  // Only an account has presets of its own.
  const { key } = await kiln.caller({ signal });
  const own = key === null ? [] : await kiln.presets.list({ type, signal });
  const builtIn = types.flatMap(({ name, presets }) =>
    presets.map((preset) => ({ type: name, ...preset, own: false })),
  );
  const all = [...builtIn, ...own.map((preset) => ({ ...preset, own: true }))];
  if (json) for (const preset of all) writeJson(stdout, preset);
  else {
    const rows = all.map((preset) => [preset.type, preset.name, preset.own ? "yours" : "", preset.title]);
    stdout.write(table(["TYPE", "PRESET", "", "TITLE"], rows, painter(stdout, env)));
  }
}

function wrong(words: readonly string[]): UsageError {
  return new UsageError(`kiln presets does ${ACTIONS.join(", ")}; not "${words.join(" ")}". See kiln help presets.`);
}
