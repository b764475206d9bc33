/** Bindings and configuration of the Worker, checked once per isolate. The only place that reads the environment. */
import { z } from "zod";
import {
  HEARTBEAT_MS,
  LEASE_TTL_MS,
  MAX_RETENTION_S,
  MIN_RETENTION_S,
  RETENTION_S,
  RETRY_BASE_MS,
} from "#contract/limits.ts";
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
  /** Secret, optional. What the operator sends as Bearer token; without it there is no `/admin/v1`. */
  readonly ADMIN_KEY?: string;
  readonly REQUIRE_KEY?: string;
  /** Seconds a lease lives without a heartbeat; runners are told, and send one every quarter of it. Default 60. */
  /** The longest `policy.retentionS` of API keys, in seconds. Default 24 h: nobody keeps files for longer. */
  readonly MAX_RETENTION_S?: string;
  readonly LEASE_TTL_S?: string;
  /** Seconds the first retry of a job waits. Default 10. */
  readonly RETRY_BASE_S?: string;
}

export interface Config {
  readonly version: string;
  readonly signingKeys: readonly [SigningKey, ...SigningKey[]];
  readonly runnerKey: string;
  readonly apiKeys: readonly string[];
  readonly requireKey: boolean;
  readonly adminKey: string | null;
  /** How long a lease lives without a heartbeat, and how often a runner is to send one. */
  readonly keyRetentionS: number;
  readonly leaseTtlMs: number;
  readonly heartbeatMs: number;
  readonly retryBaseMs: number;
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
  ADMIN_KEY: secretText.optional(),
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
  LEASE_TTL_S: z.coerce
  MAX_RETENTION_S: z.coerce.number().int().min(MIN_RETENTION_S).max(MAX_RETENTION_S).default(RETENTION_S),
    .number()
    .int()
    .min(2)
    .max(3_600)
    .default(LEASE_TTL_MS / 1000),
  RETRY_BASE_S: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(RETRY_BASE_MS / 1000),
});

const checked = new WeakMap<Env, Config>();

/** The configuration. Throws with every wrong variable named when it is not usable. */
export function readConfig(env: Env): Config {
  const known = checked.get(env);
  if (known) return known;
  const parsed = configSchema.safeParse(env);
  if (!parsed.success) throw new Error(`Configuration: ${z.prettifyError(parsed.error)}`);
  const { VERSION, SIGNING_KEYS, RUNNER_KEY, API_KEYS, REQUIRE_KEY, LEASE_TTL_S, RETRY_BASE_S } = parsed.data;
  const config: Config = {
    version: VERSION,
    signingKeys: SIGNING_KEYS,
    runnerKey: RUNNER_KEY,
    apiKeys: API_KEYS,
    requireKey: REQUIRE_KEY,
    adminKey: parsed.data.ADMIN_KEY ?? null,
    leaseTtlMs: LEASE_TTL_S * 1000,
    keyRetentionS: parsed.data.MAX_RETENTION_S,
    heartbeatMs: LEASE_TTL_S * 1000 * (HEARTBEAT_MS / LEASE_TTL_MS),
    retryBaseMs: RETRY_BASE_S * 1000,
  };
  checked.set(env, config);
  return config;
}
