/**
 * Ids of a deployed Worker's objects of jobs and batches, from Cloudflare's API. The token needs "Workers Scripts Read".
 * https://developers.cloudflare.com/api/resources/durable_objects/subresources/namespaces/
 * Written from that page; not yet run against Cloudflare.
 */
import { z } from "zod";

const API = "https://api.cloudflare.com/client/v4";
const PAGE = 1_000;
const MAX_PAGES = 100_000;

const namespacesSchema = z.object({
  result: z.array(z.object({ id: z.string(), class: z.string().optional(), script: z.string().optional() })),
  result_info: z.object({ total_pages: z.number().optional() }).nullish(),
});
const objectsSchema = z.object({
  result: z.array(z.object({ id: z.string(), hasStoredData: z.boolean().optional() })),
  result_info: z
    .object({ cursor: z.string().nullish(), cursors: z.object({ after: z.string().nullish() }).nullish() })
    .nullish(),
});

export interface PlatformAccount {
  readonly accountId: string;
  readonly token: string;
  /** The Worker's name. */
  readonly script: string;
}

/** All objects of that class that store something. `fetchUrl` is fetch. */
export async function platformObjects(
  account: PlatformAccount,
  className: "JobObject" | "BatchObject",
  fetchUrl: typeof fetch = fetch,
): Promise<string[]> {
  const namespace = await findNamespace(account, className, fetchUrl);
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
    const answer = objectsSchema.parse(await ask(account, `${namespace}/objects?${query}`, fetchUrl));
    ids.push(...answer.result.filter(({ hasStoredData }) => hasStoredData !== false).map(({ id }) => id));
    const next = answer.result_info?.cursors?.after ?? answer.result_info?.cursor ?? null;
    if (!next || next === cursor || answer.result.length === 0) break;
    cursor = next;
  }
  return ids;
}

async function findNamespace(account: PlatformAccount, className: string, fetchUrl: typeof fetch): Promise<string> {
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = namespacesSchema.parse(await ask(account, `?page=${page}&per_page=${PAGE}`, fetchUrl));
    const found = answer.result.find((entry) => entry.class === className && entry.script === account.script);
    if (found) return `/${found.id}`;
    if (answer.result.length === 0 || page >= (answer.result_info?.total_pages ?? 1)) break;
  }
  throw new Error(`This account has no Worker "${account.script}" with objects of the class ${className}.`);
}

async function ask({ accountId, token }: PlatformAccount, rest: string, fetchUrl: typeof fetch): Promise<unknown> {
  const url = `${API}/accounts/${accountId}/workers/durable_objects/namespaces${rest}`;
  const response = await fetchUrl(url, { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`Cloudflare's API answered ${response.status} to the list of objects.`);
  return response.json();
}
