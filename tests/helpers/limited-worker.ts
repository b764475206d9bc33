/** The Worker under test with variables of its own, in its own process: for limits, which are off in all other tests. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../worker/app.ts";
import { ORIGIN } from "./worker-api.ts";

/** Calls it as `address`. */
export type LimitedCall = (path: string, init?: RequestInit, address?: string) => Promise<Response>;

/** A Worker whose bindings are replaced by these. */
export function limitedWorker(bindings: Readonly<Record<string, unknown>>): LimitedCall {
  // One object, so that the configuration is read once.
  const own = { ...(env as object), ...bindings };
  return async (path, init = {}, address = "192.0.2.1") => {
    const request = new Request(new URL(path, ORIGIN), init);
    request.headers.set("CF-Connecting-IP", address);
    const context = createExecutionContext();
    const response = await app.fetch(request, own, context);
    if (response.status !== 101 && !/event-stream/.test(response.headers.get("Content-Type") ?? "")) {
      await waitOnExecutionContext(context);
    }
    return response;
  };
}

/** A JSON request. */
export function json(body: unknown, headers: Readonly<Record<string, string>> = {}, method = "POST"): RequestInit {
  return { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } };
}
