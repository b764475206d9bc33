/** `kiln runners`: what runs where, as the server's health says. */
import { JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { writeJson } from "../display/json-lines.ts";
import { fromNow, painter, table } from "../display/table.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const FLAGS = [JSON_FLAG, ...SERVER_FLAGS];

export const runners: Command = {
  name: "runners",
  group: "Server and account",
  summary: "the runners of a server: what they do, and whether they are ready",
  usage: ["runners"],
  flags: FLAGS,
  examples: [],
  words: ["none", "none"],
  async run(args, terminal) {
    const { stdout, env, signal } = terminal;
    const given = readArguments(args, FLAGS);
    const kiln = await connect(given, terminal);
    const health = await kiln.health({ signal });
    if (given.has("json")) {
      writeJson(stdout, health);
      return undefined;
    }
    const paint = painter(stdout, env);
    const now = Date.now();
    const rows = health.runners.map(({ name, pool, slots, ready, seenAt, jobTypes }) => {
      return [name, pool, String(slots), ready ? "ready" : "warming up", fromNow(seenAt, now), jobTypes.join(" ")];
    });
    const list = table(["RUNNER", "POOL", "SLOTS", "", "SEEN", "JOB TYPES"], rows, paint);
    const state = health.ready ? "takes and runs jobs" : "takes jobs, which wait until a runner comes";
    stdout.write(
      `${rows.length === 0 ? "No runner is there.\n" : list}\nKiln ${health.version} at ${kiln.api} ${state}.\n`,
    );
    return undefined;
  },
};
