/** The operator's calls to a server. */
import { z } from "zod";
import {
  type AdminCreateKeyRequest,
  type ApiKey,
  type ApiKeyList,
  type ApiKeyWithSecret,
  apiKeyListSchema,
  apiKeyWithSecretSchema,
} from "#contract/access.ts";
import {
  type DeletedOrphans,
  deletedOrphansSchema,
  type ReindexResult,
  reindexResultSchema,
  type StorageAuditPage,
  storageAuditPageSchema,
} from "#contract/admin-api.ts";
import { MAX_ORPHANS_PER_CALL, MAX_REINDEX_OBJECTS } from "#contract/limits.ts";
import { problemSchema } from "#contract/problem.ts";

export class AdminClient {
  readonly #url: string;
  readonly #key: string;
  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  /** One page of the storage audit; null begins. */
  auditPage(cursor: string | null): Promise<StorageAuditPage> {
    const query = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    return this.#call("GET", `storage/audit${query}`, storageAuditPageSchema);
  }

  /** Deletes those of the keys that no record names and that are old enough. */
  async deleteOrphans(keys: readonly string[]): Promise<DeletedOrphans> {
    const answers = await this.#inPortions(keys, MAX_ORPHANS_PER_CALL, (portion) =>
      this.#call("POST", "storage/orphans/delete", deletedOrphansSchema, { keys: portion }),
    );
    return { deleted: answers.flatMap(({ deleted }) => deleted), kept: answers.flatMap(({ kept }) => kept) };
  }

  /** Lets the jobs, or batches, in these objects write their rows of D1 again. `onPortion` hears how many have been asked. */
  async reindex(
    kind: "jobs" | "batches",
    objects: readonly string[],
    onPortion: (asked: number) => void = () => undefined,
  ): Promise<ReindexResult> {
    let asked = 0;
    const answers = await this.#inPortions(objects, MAX_REINDEX_OBJECTS, async (portion) => {
      const answer = await this.#call("POST", "reindex", reindexResultSchema, { kind, objects: portion });
      asked += portion.length;
      onPortion(asked);
      return answer;
    });
    const sum = (count: (answer: ReindexResult) => number) => answers.reduce((all, answer) => all + count(answer), 0);
    return {
      listed: sum(({ listed }) => listed),
      pending: sum(({ pending }) => pending),
      empty: sum(({ empty }) => empty),
    };
  }

  /** A new key; its secret is in this answer only. */
  createKey(request: AdminCreateKeyRequest): Promise<ApiKeyWithSecret> {
    return this.#call("POST", "keys", apiKeyWithSecretSchema, request);
  }

  /** All keys, or an account's, newest first; revoked ones too. */
  async keys(account?: string): Promise<ApiKey[]> {
    const all: ApiKey[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = new URLSearchParams({ limit: "100", ...(cursor && { cursor }), ...(account && { account }) });
      const page: ApiKeyList = await this.#call("GET", `keys?${query}`, apiKeyListSchema);
      all.push(...page.keys);
      cursor = page.cursor;
    }
    return all;
  }

  /** Ends a key. */
  async revokeKey(id: string): Promise<void> {
    await this.#call("DELETE", `keys/${encodeURIComponent(id)}`, z.null());
  }

  async #inPortions<T>(all: readonly string[], size: number, work: (portion: string[]) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (let start = 0; start < all.length; start += size) results.push(await work(all.slice(start, start + size)));
    return results;
  }

  async #call<T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const response = await fetch(new URL(`/admin/v1/${path}`, this.#url), {
      method,
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return schema.parse(answer);
    const problem = problemSchema.safeParse(answer);
    if (response.status === 404 && problem.data?.code === "not_found") {
      throw new Error(
        `${this.#url} has no operator's routes: set its secret ADMIN_KEY (wrangler secret put ADMIN_KEY).`,
      );
    }
    throw new Error(`${this.#url} answered ${response.status}${problem.success ? `: ${problem.data.detail}` : "."}`);
  }
}
