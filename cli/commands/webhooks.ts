/** `kiln webhooks`: addresses of yours that are told when jobs and batches end. */
import { JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { writeJson } from "../display/json-lines.ts";
import { fromNow, painter, table } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Command } from "./command.ts";

const FLAGS = [JSON_FLAG, ...SERVER_FLAGS];
const ACTIONS = ["list", "create", "remove", "test", "deliveries"] as const;

export const webhooks: Command = {
  name: "webhooks",
  group: "Server and account",
  summary: "addresses of yours that are told when jobs end",
  usage: ["webhooks list", "webhooks create URL", "webhooks test ID", "webhooks deliveries ID", "webhooks remove ID"],
  flags: FLAGS,
  examples: [["webhooks create https://example.com/hooks", "prints the secret, once"]],
  words: [ACTIONS, "none"],
  async run(args, terminal) {
    const { stdout, signal, env } = terminal;
    const given = readArguments(args, FLAGS);
    const [action = "list", target, ...more] = given.words;
    if (!ACTIONS.some((known) => known === action))
      throw new UsageError(`kiln webhooks does ${ACTIONS.join(", ")}; not "${action}".`);
    if ((action === "list") !== (target === undefined) || more.length > 0) {
      throw new UsageError(`kiln webhooks ${action}${action === "list" ? "" : action === "create" ? " URL" : " ID"}`);
    }
    const kiln = await connect(given, terminal);
    const calls = kiln.webhooks;
    const id = target as string;
    const show = (value: object, text: string) => (given.has("json") ? writeJson(stdout, value) : stdout.write(text));
    const paint = painter(stdout, env);
    const now = Date.now();
    if (action === "create") {
      const made = await calls.create({ url: id }, { signal });
      show(
        made,
        `${made.id} is told at ${made.url}\nsecret  ${made.secret}\nIt signs what is delivered and is not shown again.\n`,
      );
    } else if (action === "remove") {
      await calls.remove(id, { signal });
      show({ removed: id }, `${id} is removed\n`);
    } else if (action === "test") {
      const delivery = await calls.test(id, { signal });
      show(delivery, `A ping is on its way: ${delivery.id}. kiln webhooks deliveries ${id} shows what became of it.\n`);
    } else if (action === "deliveries") {
      const { deliveries } = await calls.deliveries(id, { signal });
      const rows = deliveries.map((one) => [one.id, one.type, one.state, fromNow(one.createdAt, now)]);
      show({ deliveries }, table(["DELIVERY", "EVENT", "STATE", "MADE"], rows, paint));
    } else {
      const list = await calls.list({ signal });
      const rows = list.map((one) => [one.id, one.enabled ? "on" : "off", one.url]);
      show({ webhooks: list }, rows.length === 0 ? "There are none.\n" : table(["WEBHOOK", "", "URL"], rows, paint));
    }
    return undefined;
  },
};
