/** Webhooks of the client: addresses of the user's that are told when jobs and batches end. Need a key or a session. */
import type {
  CreateWebhookRequest,
  Delivery,
  DeliveryList,
  UpdateWebhookRequest,
  Webhook,
  WebhookList,
  WebhookWithSecret,
} from "#contract/webhook.ts";
import { type CallOptions, queryOf, type Transport } from "./transport.ts";

export class Webhooks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes a webhook. Its `secret`, which signs what is delivered, is told here and after `rotateSecret` only. */
  create(request: CreateWebhookRequest, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.#transport.create("/v1/webhooks", request, options);
  }

  async list(options: CallOptions = {}): Promise<Webhook[]> {
    return (await this.#transport.json<WebhookList>("/v1/webhooks", options)).webhooks;
  }

  read(id: string, options: CallOptions = {}): Promise<Webhook> {
    return this.#transport.json(webhookPath(id), options);
  }

  /** Changes what is given. `enabled: true` brings back one that Kiln has disabled. */
  update(id: string, change: UpdateWebhookRequest, options: CallOptions = {}): Promise<Webhook> {
    return this.#transport.json(webhookPath(id), { method: "PATCH", json: change, repeatable: true, ...options });
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.request(webhookPath(id), { method: "DELETE", ...options });
  }

  /** A new secret; the one before it signs too for a while, so that the receiver can change over. */
  rotateSecret(id: string, options: CallOptions = {}): Promise<WebhookWithSecret> {
    return this.#transport.create(`${webhookPath(id)}/rotate-secret`, undefined, options);
  }

  /** Delivers a `ping`, once. */
  test(id: string, options: CallOptions = {}): Promise<Delivery> {
    return this.#transport.create(`${webhookPath(id)}/test`, undefined, options);
  }

  /** One page of what was and is to be delivered, newest first, with the latest tries; up to 100. */
  deliveries(
    id: string,
    { limit, cursor, signal }: CallOptions & { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<DeliveryList> {
    return this.#transport.json(`${webhookPath(id)}/deliveries${queryOf({ limit, cursor })}`, { signal });
  }

  /** Delivers an event again, whatever became of it before. */
  replay(id: string, delivery: string, options: CallOptions = {}): Promise<Delivery> {
    return this.#transport.create(
      `${webhookPath(id)}/deliveries/${encodeURIComponent(delivery)}/replay`,
      undefined,
      options,
    );
  }
}

const webhookPath = (id: string): string => `/v1/webhooks/${encodeURIComponent(id)}`;
