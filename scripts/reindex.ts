/**
 * `npm run reindex`: rebuilds D1, the lists of jobs and batches, from their objects. Deleting the tables loses none.
 * Exit code 0 = done, 2 = it could not be done.
 */
import { SERVER_HELP } from "./operator/operator-options.ts";
import { platformObjects } from "./operator/platform-objects.ts";
import { runCommand } from "./operator/run-command.ts";
import { localObjects } from "./stack/worker-server.ts";

const help = `Rebuilds the lists of jobs and batches (D1) from their objects. Safe at any time, and twice.

  npm run reindex -- [options]

${SERVER_HELP}
A deployed server's objects are listed by Cloudflare: set CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN (Workers Scripts
Read) and, if the Worker is not named kiln, KILN_WORKER_NAME. Apply the migrations first (wrangler d1 migrations apply).
`;

type ClassName = "JobObject" | "BatchObject";

function deployedObjects(className: ClassName): Promise<string[]> {
  const { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token, KILN_WORKER_NAME: script } = process.env;
  if (!accountId || !token) throw new Error("Set CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, to list the objects.");
  return platformObjects({ accountId, token, script: script || "kiln" }, className);
}

process.exitCode = await runCommand(
  {
    help,
    takesFix: false,
    async run({ client }, { url, stateDir }) {
      for (const [kind, className] of [
        ["jobs", "JobObject"],
        ["batches", "BatchObject"],
      ] as const) {
        const objects = url === null ? await localObjects(stateDir, className) : await deployedObjects(className);
        const step = Math.max(1_000, Math.ceil(objects.length / 20));
        let told = 0;
        const { listed, pending, empty } = await client.reindex(kind, objects, (asked) => {
          if (asked - told < step) return;
          told = asked;
          process.stderr.write(`${asked} of ${objects.length} objects\n`);
        });
        process.stdout.write(`${objects.length} objects: ${listed} ${kind} listed, ${empty} that hold none.\n`);
        if (pending > 0)
          process.stdout.write(`${pending} ${kind} could not write their rows now; they repeat it by themselves.\n`);
      }
      return 0;
    },
  },
  process.argv.slice(2),
);
