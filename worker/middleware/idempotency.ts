/**
 * `Idempotency-Key` on calls that make something: the same request again gets the same answer, however the first one's was
 * lost. The key is the owner's: two owners may use the same one.
 */
import { createMiddleware } from "hono/factory";
import { MAX_JSON_BODY_BYTES } from "#contract/limits.ts";
import type { StoredAnswer } from "../domain/idempotency.ts";
import { toHex } from "../domain/identifiers.ts";
import { callIdempotencyKey } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "./context.ts";

/** Printable ASCII, as long as a header of the kind gets: UUIDs, ULIDs, order numbers. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** Headers of an answer that are given again. */
const KEPT_HEADERS = ["Content-Type", "Location"];
const RETRY_AFTER_S = "1";

/** For calls with an ordinary body. */
export const idempotency = idempotencyUpTo(MAX_JSON_BODY_BYTES);

/**
 * Runs the request once. Leaves `idSeed` for the route, whose new thing must take its id from it.
 * Answers 409 while the first request is at work, 422 when the key came with another request before.
 * A body longer than `maxBodyBytes` is refused.
 */
export function idempotencyUpTo(maxBodyBytes: number) {
  return createMiddleware<AppContext>(async (c, next) => {
    const key = c.req.header("Idempotency-Key");
    if (key === undefined) return await next();
    const owner = c.get("owner");
    if (!KEY.test(key)) throw wrongKey("must be 1 to 255 printable ASCII characters without spaces");
    if (owner === "anon") throw wrongKey("needs an API key or a Kiln-Session header, so that it belongs to someone");
    const fingerprint = await hash([c.req.method, c.req.path, await readBody(c.req.raw.clone(), maxBodyBytes)]);
    const newSeed = toHex(crypto.getRandomValues(new Uint8Array(16)));
    const name = await hash([owner, key]);
    const decision = await callIdempotencyKey(c.env, name, (stub) => stub.begin({ fingerprint, newSeed }));
    switch (decision.kind) {
      case "in_flight":
        throw new AppError("idempotency_in_flight", "The first request with this key has no answer yet. Ask again.", {
          headers: { "Retry-After": RETRY_AFTER_S },
        });
      case "other_request":
        throw new AppError(
          "idempotency_mismatch",
          "This Idempotency-Key came with another request before. Use a new key for a new request.",
        );
      case "replay": {
        const { status, headers, body } = decision.answer;
        c.res = new Response(body, { status, headers: { ...headers, "Idempotent-Replayed": "true" } });
        return;
      }
      case "run": {
        const { seed } = decision.record;
        c.set("idSeed", seed);
        await next();
        const answer = await toStored(c.res);
        try {
          await callIdempotencyKey(c.env, name, (stub) => stub.end(seed, answer));
        } catch (error) {
          // What was asked for is done. Repeated after a while, the request makes the same thing again, from the same seed.
          console.error("idempotency key could not be ended", { error: String(error) });
        }
      }
    }
  });
}

/** The body as hex of its hash; the route, which reads it again, refuses one that is too long. */
async function readBody(request: Request, maxBytes: number): Promise<string> {
  const digest = new crypto.DigestStream("SHA-256");
  const writer = digest.getWriter();
  let total = 0;
  for await (const chunk of request.body ?? []) {
    total += chunk.byteLength;
    if (total > maxBytes) throw new AppError("too_large", `The body is longer than ${maxBytes} bytes.`);
    await writer.write(chunk);
  }
  await writer.close();
  return toHex(new Uint8Array(await digest.digest));
}

async function toStored(response: Response): Promise<StoredAnswer> {
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const body = response.status < 300 ? await response.clone().text() : "";
  return { status: response.status, headers: Object.fromEntries(headers), body };
}

async function hash(parts: readonly string[]): Promise<string> {
  // As JSON, so that no part can run into the next.
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function wrongKey(message: string): AppError {
  return new AppError("invalid_request", `Idempotency-Key ${message}.`, {
    errors: [{ path: "Idempotency-Key", message }],
  });
}
