/** The call that Kiln makes to a webhook. */
import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { webhookPayloadSchema } from "#contract/webhook.ts";

export const WEBHOOK: ZodOpenApiOperationObject = {
  operationId: "receiveEvent",
  summary: "A job or a batch has ended",
  description:
    "Sent to the URL of each webhook that wants the event, as [Standard Webhooks](https://www.standardwebhooks.com) says, until it " +
    "is taken. The same `webhook-id` may come twice. Redirects are not followed.",
  tags: ["Webhooks"],
  security: [],
  requestParams: {
    header: z.object({
      "webhook-id": z.string().meta({ description: "Names the event, in all tries and in replays of it" }),
      "webhook-timestamp": z.string().meta({ description: "When this try was made, seconds since 1970" }),
      "webhook-signature": z.string().meta({
        description: "`v1,` and the HMAC-SHA256 in base64; two, with a space between, while an old secret still signs",
      }),
    }),
  },
  requestBody: { required: true, content: { "application/json": { schema: webhookPayloadSchema } } },
  responses: {
    "2XX": { description: "Taken" },
    410: { description: "Not wanted any more: the webhook is disabled" },
    default: { description: "Not taken: it is sent again, later and later, for a day" },
  },
};
