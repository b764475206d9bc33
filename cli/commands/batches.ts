/** `kiln batches`: what was submitted together. Its jobs are listed by `kiln jobs --batch`. */
import type { BatchList } from "#contract/batch.ts";
import { type FlagSpec, JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { writeJson } from "../display/json-lines.ts";
import { fromNow, painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const DEFAULT_LIMIT = 20;
const FLAGS: readonly FlagSpec[] = [
  { name: "limit", value: "N", summary: `how many at most (default: ${DEFAULT_LIMIT})` },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

export const batches: Command = {
  name: "batches",
  group: "Jobs",
  summary: "what you have submitted together, newest first",
  usage: ["batches [--limit N]"],
  flags: FLAGS,
  examples: [["batches --json | jq -r .id", "a batch a line; kiln jobs --batch shows its jobs"]],
  words: ["none", "none"],
  async run(args, terminal) {
    const given = readArguments(args, FLAGS);
    if (given.words[0] !== undefined)
      throw new UsageError(`${given.words[0]}: kiln jobs --batch shows the jobs of a batch.`);
    const kiln = await connect(given, terminal);
    const limit = given.count("limit") ?? DEFAULT_LIMIT;
    const found: BatchList["batches"] = [];
    for await (const batch of kiln.listBatches({ signal: terminal.signal })) {
      found.push(batch);
      if (found.length === limit) break;
    }
    const { stdout, env } = terminal;
    if (given.has("json")) for (const batch of found) writeJson(stdout, batch);
    else stdout.write(found.length === 0 ? "There are none.\n" : batchTable(found, painter(stdout, env)));
    return undefined;
  },
};

function batchTable(list: BatchList["batches"], paint: ReturnType<typeof painter>): string {
  const now = Date.now();
  const rows = list.map(({ id, state, size, counts, createdAt }) => {
    const failed = counts === null ? 0 : counts.failed + counts.expired;
    return [id, state, String(size), counts === null ? "" : String(failed), fromNow(createdAt, now)];
  });
  return table(["BATCH", "STATE", "JOBS", "FAILED", "MADE"], rows, paint);
}
