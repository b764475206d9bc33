/** `kiln keys`: the API keys of your account. */
import { SCOPES, type Scope } from "#contract/access.ts";
import { readDuration } from "../arguments/durations.ts";
import { type FlagSpec, JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { nearest } from "../arguments/nearest.ts";
import { writeJson } from "../display/json-lines.ts";
import { fromNow, painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const ACTIONS = ["list", "create", "revoke"] as const;
const FLAGS: readonly FlagSpec[] = [
  { name: "scopes", value: "A,B", summary: `what it may do: ${SCOPES.join(", ")} (default: all that your key may)` },
  { name: "expires", value: "TIME", summary: "ends after so long, e.g. 90d (default: never)" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];

export const keys: Command = {
  name: "keys",
  group: "Server and account",
  summary: "make, list and revoke API keys of your account",
  usage: ["keys list", "keys create NAME [--scopes A,B] [--expires TIME]", "keys revoke ID…"],
  description: "Needs a key with the scope keys. What is made with one key belongs to all keys of the account.",
  flags: FLAGS,
  examples: [["keys create Dashboard --scopes read --expires 90d", "prints the secret, once"]],
  words: [ACTIONS, "none"],
  async run(args, terminal) {
    const { stdout, env, signal } = terminal;
    const given = readArguments(args, FLAGS);
    const [action = "list", ...targets] = given.words;
    const kiln = await connect(given, terminal);
    const json = given.has("json");
    if (action === "create") {
      const [name, more] = targets;
      if (name === undefined || more !== undefined)
        throw new UsageError('Give the key one name, e.g. kiln keys create "Shop".');
      const expires = given.value("expires");
      const expiresAt = expires === undefined ? null : Date.now() + readDuration("expires", expires) * 1000;
      const made = await kiln.keys.create({ name, expiresAt, ...readScopes(given.value("scopes")) }, { signal });
      if (json) writeJson(stdout, made);
      else stdout.write(`${made.secret}\n`);
      if (!json)
        terminal.stderr.write(`${made.id} "${made.name}" may ${made.scopes.join(", ")}. The key is not shown again.\n`);
    } else if (action === "revoke") {
      if (targets.length === 0) throw new UsageError("Name the key: kiln keys list shows their ids.");
      for (const id of targets) {
        await kiln.keys.revoke(id, { signal });
        if (json) writeJson(stdout, { revoked: id });
        else stdout.write(`${id} is revoked; within a minute nobody gets in with it\n`);
      }
    } else if (action === "list" && targets.length === 0) {
      const now = Date.now();
      const rows: string[][] = [];
      for await (const key of kiln.keys.listAll({ signal })) {
        if (json) writeJson(stdout, key);
        const ends =
          key.revokedAt !== null ? "revoked" : key.expiresAt === null ? "never" : fromNow(key.expiresAt, now);
        const used = key.lastUsedAt === null ? "not yet" : fromNow(key.lastUsedAt, now);
        rows.push([key.id, key.hint, key.scopes.join(","), used, ends, key.name]);
      }
      const heads = ["KEY", "BEGINS", "MAY", "USED", "ENDS", "NAME"];
      if (!json) stdout.write(rows.length === 0 ? "There are none.\n" : table(heads, rows, painter(stdout, env)));
    } else throw new UsageError(`kiln keys does ${ACTIONS.join(", ")}; not "${given.words.join(" ")}".`);
    return undefined;
  },
};

function readScopes(text: string | undefined): { scopes?: Scope[] } {
  if (text === undefined) return {};
  const scopes = text.split(",").map((word) => word.trim());
  const wrong = scopes.find((word) => !SCOPES.some((scope) => scope === word));
  if (wrong === undefined) return { scopes: scopes as Scope[] };
  const guess = nearest(wrong, SCOPES);
  throw new UsageError(
    `"${wrong}" is none of the scopes ${SCOPES.join(", ")}.${guess ? ` Did you mean ${guess}?` : ""}`,
  );
}
