/** What `npm run keys` does on a server, and what it prints. */
import type { AdminCreateKeyRequest, ApiKey, ApiKeyWithSecret } from "#contract/access.ts";
import type { AdminClient } from "./admin-client.ts";

type Keys = Pick<AdminClient, "createKey" | "keys" | "revokeKey">;

/**
 * Makes a key and says how it is used. When one of that name works already, none is made: a script that runs twice leaves
 * one key.
 */
export async function createKey(client: Keys, request: AdminCreateKeyRequest, url: string): Promise<string> {
  const { name, kind = "user", account } = request;
  const isSame = (key: ApiKey) =>
    key.kind === kind && key.name === name && (account === undefined || key.account === account);
  const known = working(await client.keys(account), Date.now()).find(isSame);
  if (known) {
    return `There is a key "${name}" already: ${known.id}, ${known.hint}
Its secret was shown when it was made. If it is lost: npm run keys -- revoke ${known.id}, then create again.
`;
  }
  return showNewKey(await client.createKey(request), url);
}

/** Keys as a table, those that work first. */
export async function listKeys(client: Keys, account: string | undefined): Promise<string> {
  const keys = await client.keys(account);
  if (keys.length === 0) return 'There are no keys. Make one: npm run keys -- create --name "Shop"\n';
  const now = Date.now();
  const works = working(keys, now);
  const rows = [...works, ...keys.filter((key) => !works.includes(key))].map((key) => [
    ...[key.id, key.name, key.hint, key.account ?? "-", key.kind === "runner" ? "(runner)" : key.scopes.join(",")],
    ...[stateOf(key, now), key.lastUsedAt === null ? "never" : minute(key.lastUsedAt)],
  ]);
  return table([["id", "name", "key", "account", "may", "state", "last used"], ...rows]);
}

/** Revokes the key with this id, or the one that works with this name. */
export async function revokeKey(client: Keys, wanted: string): Promise<string> {
  const named = working(await client.keys(), Date.now()).filter(({ name }) => name === wanted);
  if (named.length > 1) {
    throw new Error(
      `${named.length} keys are called "${wanted}": ${named.map(({ id }) => id).join(", ")}. Name one by its id.`,
    );
  }
  const id = named[0]?.id ?? wanted;
  await client.revokeKey(id);
  return `Revoked ${id}. It ends everywhere within a minute.\n`;
}

function showNewKey({ id, name, kind, account, secret }: ApiKeyWithSecret, url: string): string {
  const whose = kind === "runner" ? "for runners" : `of the account ${account}`;
  const use =
    kind === "runner"
      ? `  KILN_API=${url} KILN_RUNNER_KEY=${secret} node gpu-runner/main.ts`
      : `  curl -H "Authorization: Bearer ${secret}" ${url}/v1/jobs
  KILN_API=${url} KILN_API_KEY=${secret} npx kiln jobs`;
  return `Made the key "${name}" (${id}) ${whose}. It is shown this once:

  ${secret}

Use it:
${use}
`;
}

function working(keys: readonly ApiKey[], now: number): ApiKey[] {
  return keys.filter((key) => stateOf(key, now) !== "revoked" && stateOf(key, now) !== "expired");
}

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): string {
  if (revokedAt !== null) return "revoked";
  if (expiresAt === null) return "works";
  return expiresAt <= now ? "expired" : `until ${minute(expiresAt)}`;
}

/** 2026-11-22 18:51, in UTC. */
function minute(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
