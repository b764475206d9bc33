/** API keys of the client: those of the caller's account. Need a key with the scope `keys`. */
import type { ApiKey, ApiKeyList, ApiKeyWithSecret, CreateKeyRequest } from "#contract/access.ts";
import { eachOf, type PagePlace } from "./pages.ts";
import { type CallOptions, queryOf, type Transport } from "./transport.ts";

export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes a key. Its `secret` is told here only, so a lost answer is not asked for again: revoke that key, make another. */
  create(request: CreateKeyRequest, options: CallOptions = {}): Promise<ApiKeyWithSecret> {
    return this.#transport.json("/v1/keys", { method: "POST", json: request, ...options });
  }

  /** One page of keys, newest first, revoked ones included; pass its `cursor` for the next page. */
  list({ limit, cursor, ...options }: CallOptions & PagePlace = {}): Promise<ApiKeyList> {
    return this.#transport.json(`/v1/keys${queryOf({ limit, cursor })}`, options);
  }

  /** All of them, a page asked for when it is needed. */
  listAll(options: CallOptions & Pick<PagePlace, "limit"> = {}): AsyncGenerator<ApiKey, void, undefined> {
    return eachOf((cursor) => this.list({ ...options, cursor }), "keys");
  }

  rename(id: string, name: string, options: CallOptions = {}): Promise<ApiKey> {
    return this.#transport.json(keyPath(id), { method: "PATCH", json: { name }, repeatable: true, ...options });
  }

  /** Ends the key; within a minute nobody gets in with it any more. */
  async revoke(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.request(keyPath(id), { method: "DELETE", ...options });
  }
}

const keyPath = (id: string): string => `/v1/keys/${encodeURIComponent(id)}`;
