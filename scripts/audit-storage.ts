/**
 * `npm run audit-storage`: every stored file is named by a record, and every file that a record names is there.
 * Exit code 0 = so it is, 1 = it is not, 2 = it could not be found out.
 */
import { SERVER_HELP } from "./operator/operator-options.ts";
import { runCommand } from "./operator/run-command.ts";
import { auditStorage, isClean, showAudit } from "./operator/storage-audit.ts";

const help = `Checks the stored files against the records: what no record names, and what is missing.

  npm run audit-storage -- [options]

  --fix          deletes files that no record names, if they are older than an hour
${SERVER_HELP}`;

process.exitCode = await runCommand(
  {
    help,
    takesFix: true,
    async run({ client }, { fix }) {
      const audit = await auditStorage(client);
      process.stdout.write(showAudit(audit, Date.now()));
      if (!fix || audit.orphans.length === 0) return isClean(audit) ? 0 : 1;
      const { deleted, kept } = await client.deleteOrphans(audit.orphans.map(({ key }) => key));
      process.stdout.write(`Deleted ${deleted.length} orphans, left ${kept.length}.\n`);
      return kept.length === 0 && audit.missing.length === 0 ? 0 : 1;
    },
  },
  process.argv.slice(2),
);
