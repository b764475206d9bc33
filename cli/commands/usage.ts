/** `kiln usage`: what your jobs have used. */
import type { UsageAmount } from "#contract/usage.ts";
import { type FlagSpec, JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { formatBytes } from "../display/bytes.ts";
import { writeJson } from "../display/json-lines.ts";
import { duration, painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const FLAGS: readonly FlagSpec[] = [
  { name: "from", value: "DAY", summary: "the first day, e.g. 2026-11-01 (UTC)" },
  { name: "to", value: "DAY", summary: "the last day, itself included" },
  { name: "days", summary: "day by day" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

export const usage: Command = {
  name: "usage",
  group: "Server and account",
  summary: "what your jobs have used: jobs, time, bytes, estimated cost",
  usage: ["usage [--from DAY] [--to DAY] [--days]"],
  flags: FLAGS,
  examples: [["usage --from 2026-11-01 --days", ""]],
  words: ["none", "none"],
  async run(args, terminal) {
    const { stdout, stderr, env, signal } = terminal;
    const given = readArguments(args, FLAGS);
    if (given.words[0] !== undefined) throw new UsageError(`${given.words[0]}: kiln usage takes flags only.`);
    const kiln = await connect(given, terminal);
    const used = await kiln.usage({ from: given.value("from"), to: given.value("to"), signal });
    if (given.has("json")) {
      writeJson(stdout, used);
      return undefined;
    }
    const row = (name: string, amount: UsageAmount) => [
      name,
      String(amount.jobs),
      String(amount.states.failed ?? 0),
      duration(amount.runSeconds),
      formatBytes(amount.bytesIn),
      formatBytes(amount.bytesOut),
      `${amount.estimatedCost.toFixed(2)} ${used.currency}`,
    ];
    const parts = given.has("days")
      ? used.days.filter(({ jobs }) => jobs > 0).map((day) => row(day.day, day))
      : used.types.map((type) => row(type.type, type));
    const heads = [given.has("days") ? "DAY" : "TYPE", "JOBS", "FAILED", "RUN", "IN", "OUT", "ESTIMATE"];
    stdout.write(
      `${used.from} to ${used.to}\n${table(heads, [...parts, row("total", used.total)], painter(stdout, env))}`,
    );
    if (used.truncated) stderr.write("kiln: there are more jobs than are counted; ask for fewer days\n");
    return undefined;
  },
};
