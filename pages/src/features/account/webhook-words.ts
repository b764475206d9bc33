/** Webhooks and their deliveries in words. Pure. */
import type { Delivery, DisabledReason, Webhook, WebhookEvent } from "#contract/webhook.ts";
import { formatMoment } from "../../formatting.ts";

export const EVENT_WORDS: Readonly<Record<WebhookEvent, string>> = {
  "job.succeeded": "A job is ready",
  "job.failed": "A job failed",
  "job.canceled": "A job was canceled",
  "job.expired": "A job was not started in time",
  "batch.finished": "A batch is over",
};

const DISABLED: Readonly<Record<DisabledReason, string>> = {
  owner: "Switched off",
  gone: "Switched off: its server answered that it is gone",
  failing: "Switched off: nothing was taken for five days",
  backlog: "Switched off: too much was waiting",
};

/** How a webhook stands. */
export function webhookState({ enabled, disabledReason, failingSince }: Webhook): string {
  if (!enabled) return DISABLED[disabledReason ?? "owner"];
  return failingSince === null ? "On" : `Failing since ${formatMoment(failingSince)}`;
}

/** What a webhook is told of. */
export const eventsText = ({ events }: Pick<Webhook, "events">): string =>
  events === null ? "Everything" : events.map((event) => EVENT_WORDS[event]).join(", ");

/** How a delivery stands: the last try's answer, and when the next one comes. */
export function deliveryState({ state, tries, nextTryAt }: Pick<Delivery, "state" | "tries" | "nextTryAt">): string {
  const last = tries.at(-1);
  const answer = last ? (last.status === null ? (last.error ?? "no answer") : `answer ${last.status}`) : null;
  if (state === "succeeded") return `Taken${answer ? `: ${answer}` : ""}`;
  const next = nextTryAt === null ? "" : `. Next try ${formatMoment(nextTryAt)}`;
  if (state === "failed") return `Given up${answer ? `: ${answer}` : ""}`;
  return `${answer ? `Not taken: ${answer}` : "On its way"}${answer ? next : ""}`;
}
