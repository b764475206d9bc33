/** The audit of stored files as a whole: its pages put together, and how it is shown. */
import type { StorageAuditPage } from "#contract/admin-api.ts";
import { ORPHAN_MIN_AGE_MS } from "#contract/limits.ts";
import { formatBytes } from "../../cli/display/bytes.ts";
import type { AdminClient } from "./admin-client.ts";

export type StorageAudit = Omit<StorageAuditPage, "cursor">;
type Kind = keyof StorageAudit["kinds"];

const KINDS: readonly Kind[] = ["upload", "artifact", "checkpoint", "other"];
/** So many keys of a list are shown. */
const SHOWN = 50;

/** Goes through all pages. */
export async function auditStorage(client: Pick<AdminClient, "auditPage">): Promise<StorageAudit> {
  const pages: StorageAuditPage[] = [];
  let cursor: string | null = null;
  do {
    const page: StorageAuditPage = await client.auditPage(cursor);
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== null);
  const sum = (value: (page: StorageAuditPage) => number) => pages.reduce((all, page) => all + value(page), 0);
  const total = (kind: Kind) => ({
    keys: sum(({ kinds }) => kinds[kind].keys),
    bytes: sum(({ kinds }) => kinds[kind].bytes),
  });
  return {
    kinds: {
      upload: total("upload"),
      artifact: total("artifact"),
      checkpoint: total("checkpoint"),
      other: total("other"),
    },
    orphans: pages.flatMap(({ orphans }) => orphans),
    jobs: sum(({ jobs }) => jobs),
    namedFiles: sum(({ namedFiles }) => namedFiles),
    missing: pages.flatMap(({ missing }) => missing),
  };
}

/** Whether R2 holds what the records name, and nothing else. */
export function isClean({ orphans, missing }: StorageAudit): boolean {
  return orphans.length === 0 && missing.length === 0;
}

/** The audit for a terminal. `now`: epoch ms. */
export function showAudit(audit: StorageAudit, now: number): string {
  const { kinds, orphans, missing, jobs, namedFiles } = audit;
  const row = (name: string, keys: number, bytes: number) =>
    `${name.padEnd(12)}${String(keys).padStart(9)}  ${formatBytes(bytes).padStart(10)}`;
  const sum = (value: (kind: Kind) => number) => KINDS.reduce((all, kind) => all + value(kind), 0);
  const isYoung = (at: number) => now - at < ORPHAN_MIN_AGE_MS;
  const lines = [
    `${"kind".padEnd(12)}${"keys".padStart(9)}  ${"bytes".padStart(10)}`,
    ...KINDS.map((kind) => row(kind, kinds[kind].keys, kinds[kind].bytes)),
    row(
      "all",
      sum((kind) => kinds[kind].keys),
      sum((kind) => kinds[kind].bytes),
    ),
    "",
    `${jobs} jobs name ${namedFiles} files.`,
    ...(jobs > 0
      ? []
      : ["No job is listed, so no file could be missed. If there are jobs, run npm run reindex first."]),
    `Orphans, files that no record names: ${orphans.length}`,
    ...listed(orphans, ({ key, bytes, uploadedAt }) => {
      const young = isYoung(uploadedAt) ? "  (younger than an hour: --fix leaves it)" : "";
      return `${key}  ${formatBytes(bytes)}  ${new Date(uploadedAt).toISOString()}${young}`;
    }),
    `Missing, files that a job names and the storage lacks: ${missing.length}`,
    ...listed(missing, ({ key, jobId }) => `${key}  named by ${jobId}`),
  ];
  return `${lines.join("\n")}\n`;
}

function listed<T>(items: readonly T[], show: (item: T) => string): string[] {
  const more = items.length > SHOWN ? [`  … and ${items.length - SHOWN} more`] : [];
  return [...items.slice(0, SHOWN).map((item) => `  ${show(item)}`), ...more];
}
