/** Bindings and configuration of the Worker, checked once per isolate. The only place that reads the environment. */
import { z } from "zod";
import type { SigningKey } from "./domain/signed-url.ts";

/** What wrangler.toml binds, and the secrets. */
export interface Env {
  // Typed where they are called, in durable/stubs.ts.
  readonly JOBS: DurableObjectNamespace;
  readonly POOLS: DurableObjectNamespace;
  readonly UPLOADS: DurableObjectNamespace;
  readonly IDEMPOTENCY: DurableObjectNamespace;
  readonly REGISTRY: DurableObjectNamespace;
  readonly BUCKET: R2Bucket;
  readonly DB: D1Database;
  readonly VERSION: string;
  /** Secret. `kid:base64,kid:base64`, 32 bytes or more each; the first one signs. */
  readonly SIGNING_KEYS: string;
  /** Secret. What runners send as Bearer token. */
  readonly RUNNER_KEY: string;
  /** Secret, optional. Comma-separated API keys. */
  readonly API_KEYS?: string;
  /** `true` refuses anonymous callers. */
  readonly REQUIRE_KEY?: string;
}

export interface Config {
  readonly version: string;
  readonly signingKeys: readonly [SigningKey, ...SigningKey[]];
  readonly runnerKey: string;
  readonly apiKeys: readonly string[];
  readonly requireKey: boolean;
}

const secretText = z.string().min(32, "must have at least 32 characters");

const configSchema = z.object({
  VERSION: z.string().default("dev"),
  SIGNING_KEYS: z.string().transform((text, context) => {
    const keys = text.split(",").map((pair): SigningKey => {
      const [kid = "", secret = ""] = pair.trim().split(":");
      const bytes = /^[A-Za-z0-9+/]+=*$/.test(secret)
        ? Uint8Array.from(atob(secret), (char) => char.charCodeAt(0))
        : new Uint8Array();
      if (!/^[\w-]{1,16}$/.test(kid) || bytes.length < 32) {
        context.addIssue({ code: "custom", message: "must be kid:base64 pairs with secrets of 32 bytes or more" });
      }
      return { kid, secret: bytes };
    });
    return keys as [SigningKey, ...SigningKey[]];
  }),
  RUNNER_KEY: secretText,
  API_KEYS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((key) => key.trim())
        .filter(Boolean),
    )
    .pipe(z.array(secretText)),
  REQUIRE_KEY: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
});

const checked = new WeakMap<Env, Config>();

/** The configuration. Throws with every wrong variable named when it is not usable. */
export function readConfig(env: Env): Config {
  const known = checked.get(env);
  if (known) return known;
  const parsed = configSchema.safeParse(env);
  if (!parsed.success) throw new Error(`Configuration: ${z.prettifyError(parsed.error)}`);
  const { VERSION, SIGNING_KEYS, RUNNER_KEY, API_KEYS, REQUIRE_KEY } = parsed.data;
  const config: Config = {
    version: VERSION,
    signingKeys: SIGNING_KEYS,
    runnerKey: RUNNER_KEY,
    apiKeys: API_KEYS,
    requireKey: REQUIRE_KEY,
  };
  checked.set(env, config);
  return config;
}
