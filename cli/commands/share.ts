/** `kiln share JOB`: links by which anybody sees a job and its files. */
import { MAX_SHARE_TTL_S, MIN_SHARE_TTL_S } from "#contract/limits.ts";
import { readDuration } from "../arguments/durations.ts";
import { type FlagSpec, JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { readJobId } from "../arguments/job-ids.ts";
import { writeJson } from "../display/json-lines.ts";
import { duration, fromNow, painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const FLAGS: readonly FlagSpec[] = [
  { name: "for", value: "TIME", summary: "how long the link works (default: 7d)" },
  { name: "list", summary: "the links of the job that still work" },
  { name: "revoke", value: "ID", summary: "end a link" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

/** What `--for` asks for, held against what the server takes. */
function ttlOf(time: string | undefined): { ttlS?: number } {
  if (time === undefined) return {};
  const ttlS = readDuration("for", time);
  if (ttlS >= MIN_SHARE_TTL_S && ttlS <= MAX_SHARE_TTL_S) return { ttlS };
  throw new UsageError(`--for takes from ${duration(MIN_SHARE_TTL_S)} to ${duration(MAX_SHARE_TTL_S)}, not "${time}".`);
}

export const share: Command = {
  name: "share",
  group: "Jobs",
  summary: "a link by which anybody sees a job and its files",
  usage: ["share JOB [--for TIME]", "share JOB --list", "share JOB --revoke ID"],
  flags: FLAGS,
  examples: [["share job_… --for 30d", "prints the address"]],
  words: ["job", "none"],
  async run(args, terminal) {
    const { stdout, stderr, env, signal } = terminal;
    const given = readArguments(args, FLAGS);
    if (given.words.length > 1) throw new UsageError("One job at a time, please.");
    const id = readJobId(given.words[0]);
    const kiln = await connect(given, terminal);
    const json = given.has("json");
    const revoked = given.value("revoke");
    const now = Date.now();
    if (revoked !== undefined) {
      await kiln.revokeShare(id, revoked, { signal });
      if (json) writeJson(stdout, { revoked });
      else stdout.write(`${revoked} works no more\n`);
    } else if (given.has("list")) {
      const shares = await kiln.shares(id, { signal });
      const rows = shares.map((one) => [one.id, fromNow(one.expiresAt, now), one.url]);
      if (json) for (const one of shares) writeJson(stdout, one);
      else
        stdout.write(
          rows.length === 0 ? "There are none.\n" : table(["LINK", "ENDS", "URL"], rows, painter(stdout, env)),
        );
    } else {
      const made = await kiln.shareJob(id, ttlOf(given.value("for")), { signal });
      if (json) writeJson(stdout, made);
      else stdout.write(`${made.url}\n`);
      if (!json)
        stderr.write(
          `It ends ${fromNow(made.expiresAt, now)}; kiln share ${id} --revoke ${made.id} ends it at once.\n`,
        );
    }
    return undefined;
  },
};
