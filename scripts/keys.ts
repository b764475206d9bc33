/** `npm run keys`: API keys and runner keys of a server. Exit code 0 = done, 2 = it could not be done. */
import { createKey, listKeys, revokeKey } from "./operator/key-commands.ts";
import { readKeyOptions } from "./operator/key-options.ts";
import { SERVER_HELP } from "./operator/operator-options.ts";
import { onServer, withOptions } from "./operator/run-command.ts";

const help = `Makes, lists and revokes API keys and runner keys.

  npm run keys -- create --name "Shop" [options]
  npm run keys -- list [--account acc_…]
  npm run keys -- revoke ID|NAME

  --name TEXT      what the key is for
  --account ID     the account it belongs to (default: a new one); its keys share their jobs
  --scopes A,B     what it may do, of read, write, webhooks, keys (default: all)
  --expires 90d    until when it works: days (d) or hours (h) from now (default: for ever)
  --limit N        jobs that may be submitted with it in an hour (default: the server's limit)
  --runner         a key for runners, which leases jobs and does nothing else
  --admin-key KEY  the server's ADMIN_KEY (default: the local stack's, or the variable KILN_ADMIN_KEY)
${SERVER_HELP}`;

process.exitCode = await withOptions(readKeyOptions(process.argv.slice(2)), help, ({ command, server }) =>
  onServer(server, async ({ client, url }) => {
    if (command.do === "create") process.stdout.write(await createKey(client, command.request, url));
    else if (command.do === "list") process.stdout.write(await listKeys(client, command.account));
    else process.stdout.write(await revokeKey(client, command.key));
    return 0;
  }),
);
