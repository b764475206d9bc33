/** One try at a delivery: signed after Standard Webhooks, sent, and what came of it. https://www.standardwebhooks.com */
import { Webhook } from "standardwebhooks";
import { MAX_LOGGED_ANSWER_BYTES, WEBHOOK_TIMEOUT_MS } from "#contract/limits.ts";
import { checkPublicUrl } from "#public-address/public-url.ts";
import type { TryOutcome } from "../domain/webhook-delivery.ts";

/** What is sent, where. */
export interface WebhookRequest {
  readonly url: string;
  readonly eventId: string;
  readonly payload: string;
  /** Each signs. `whsec_` and base64. */
  readonly secrets: readonly string[];
  readonly allowPrivate: boolean;
}

/** Sends it. Never throws: whatever goes wrong is the try's outcome. */
export async function sendWebhook({
  url,
  eventId,
  payload,
  secrets,
  allowPrivate,
}: WebhookRequest): Promise<TryOutcome> {
  const at = Date.now();
  const outcome = (
    answer: { status: number | null; error: string | null; body: string },
    retryAfter: string | null,
  ) => ({
    entry: { at, durationMs: Date.now() - at, ...answer },
    retryAfter,
  });
  const failed = (error: string) => outcome({ status: null, error, body: "" }, null);
  const checked = checkPublicUrl(url, { allowPrivate });
  if (!checked.ok) return failed(`The URL ${checked.reason}.`);
  const headers = {
    "Content-Type": "application/json",
    "User-Agent": "Kiln-Webhooks",
    "webhook-id": eventId,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(eventId, new Date(at), payload)).join(" "),
  };
  // Not AbortSignal.timeout: its timer would keep the object awake, and billed, after a quick answer.
  const hangUp = new AbortController();
  const timer = setTimeout(() => hangUp.abort(), WEBHOOK_TIMEOUT_MS);
  const { signal } = hangUp;
  try {
    const response = await fetch(checked.url, { method: "POST", headers, body: payload, redirect: "manual", signal });
    const body = await readStart(response.body);
    return outcome({ status: response.status, error: null, body }, response.headers.get("Retry-After"));
  } catch {
    // What went wrong in detail is not told: it would say what listens where.
    return failed(
      signal.aborted
        ? `There was no answer within ${WEBHOOK_TIMEOUT_MS / 1000} s.`
        : "The server could not be reached.",
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The first `MAX_LOGGED_ANSWER_BYTES` as text. What breaks off, or never ends, is as long as it is. */
async function readStart(stream: ReadableStream<Uint8Array> | null): Promise<string> {
  if (!stream) return "";
  const reader = stream.getReader();
  const start = new Uint8Array(MAX_LOGGED_ANSWER_BYTES);
  let length = 0;
  try {
    while (length < start.length) {
      const { done, value } = await reader.read();
      if (done) break;
      start.set(value.subarray(0, start.length - length), length);
      length = Math.min(length + value.length, start.length);
    }
    await reader.cancel();
  } catch {
    // The status is what counts.
  }
  return new TextDecoder().decode(start.subarray(0, length));
}
