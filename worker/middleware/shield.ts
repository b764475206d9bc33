/**
 * Stands in front of all public calls: Cloudflare's rate limiter, which counts in memory where the call comes in, costs
 * nothing, and is not exact. It keeps one address from drowning the rest; what callers may use is for quota.ts.
 * Files are let through: their URLs are signed, and a large upload has hundreds of parts. So are runners and the operator, but
 * for addresses that send keys which nobody has (known-keys.ts).
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import { callerName } from "./caller-address.ts";
import type { AppContext } from "./context.ts";

const LET_THROUGH = /^\/(files|runner|admin)(\/|$)/;
/** The period that wrangler.toml counts in, in seconds. */
const PERIOD_S = 10;

/** Answers 429 to an address that calls too often. */
export const shield = createMiddleware<AppContext>(async (c, next) => {
  if (c.req.method !== "OPTIONS" && !LET_THROUGH.test(c.req.path)) await passShield(c);
  await next();
});

/** Counts the call; throws `rate_limited` when its address calls too often. Without the binding, or when that fails, everybody passes. */
export async function passShield(c: Context<AppContext>): Promise<void> {
  const { SHIELD } = c.env;
  if (!SHIELD || !c.get("config").shieldEnabled) return;
  const { success } = await SHIELD.limit({ key: await callerName(c.req.raw) }).catch((error: unknown) => {
    console.error("the shield failed; the call goes on", { error: String(error) });
    return { success: true };
  });
  if (!success) {
    throw new AppError(
      "rate_limited",
      `Your address calls too often. Wait up to ${PERIOD_S} s, then call less often.`,
      {
        headers: { "Retry-After": String(PERIOD_S) },
      },
    );
  }
}
