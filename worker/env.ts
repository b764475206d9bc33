/** Bindings and configuration of the Worker, checked once per isolate. The only place that reads the environment. */
import { z } from "zod";
import {
  HEARTBEAT_MS,
  LEASE_TTL_MS,
  MAX_RETENTION_S,
  MIN_RETENTION_S,
  RECORD_RETENTION_DAYS,
  RETENTION_S,
  RETRY_BASE_MS,
} from "#contract/limits.ts";
import type { SigningKey } from "./domain/message-signature.ts";
import { type Limits, type LimitVariables, limitVariablesShape, toLimits } from "./limit-variables.ts";

export type { Limits };

/** What wrangler.toml binds, and the secrets. */
export interface Env extends LimitVariables {
  // Typed where they are called, in durable/stubs.ts.
  readonly JOBS: DurableObjectNamespace;
  readonly POOLS: DurableObjectNamespace;
  readonly UPLOADS: DurableObjectNamespace;
  readonly IDEMPOTENCY: DurableObjectNamespace;
  readonly BATCHES: DurableObjectNamespace;
  readonly CACHE: DurableObjectNamespace;
  readonly WEBHOOKS: DurableObjectNamespace;
  readonly REGISTRY: DurableObjectNamespace;
  readonly QUOTAS: DurableObjectNamespace;
  /** Cloudflare's rate limiter; without it nothing stands in front. */
  readonly SHIELD?: RateLimit;
  readonly BUCKET: R2Bucket;
  readonly DB: D1Database;
  readonly VERSION: string;
  /** Secret. `kid:base64,kid:base64`, 32 bytes or more each; the first one signs. */
  readonly SIGNING_KEYS: string;
  /** Secret. What runners send as Bearer token. */
  readonly RUNNER_KEY: string;
  /** Secret. With it the API keys are hashed that D1 keeps; another one makes all of them unknown. */
  readonly KEY_PEPPER: string;
  /** Secret, optional. What the operator sends as Bearer token; without it there is no `/admin/v1`. */
  readonly ADMIN_KEY?: string;
  /** `true` refuses anonymous callers. */
  readonly REQUIRE_KEY?: string;
  /** Cloudflare Access: the team's host, e.g. `acme.cloudflareaccess.com`; with it people who have signed in there are known. */
  readonly ACCESS_TEAM_DOMAIN?: string;
  /** The "AUD" tags of the Access applications that protect this server, comma separated. */
  readonly ACCESS_AUD?: string;
  /** The longest `policy.retentionS` of API keys, in seconds. Default 24 h: nobody keeps files for longer. */
  readonly MAX_RETENTION_S?: string;
  /** Days after its end for which a job is known; then its record and its row of D1 go. Default 365. */
  readonly RECORD_RETENTION_DAYS?: string;
  /** Seconds a lease lives without a heartbeat; runners are told, and send one every quarter of it. Default 60. */
  readonly LEASE_TTL_S?: string;
  /** Seconds the first retry of a job waits. Default 10. */
  readonly RETRY_BASE_S?: string;
  /** Objects among which the registry of runners is divided. Default 1; 16 from a thousand runners on (docs/scale.md). */
  readonly REGISTRY_SHARDS?: string;
  /** `true` lets webhooks go, and inputs name, http and private addresses: for work on one machine, never on a server. */
  readonly ALLOW_PRIVATE_URLS?: string;
  /** Origins whose pages may call the API, comma separated, e.g. `https://shop.example`; `*` for all. Default: none. */
  readonly CORS_ORIGINS?: string;
  /** `true` lets those pages send cookies along, e.g. Cloudflare Access's. Not with `*`. */
  readonly CORS_CREDENTIALS?: string;
  /** What an hour of a runner costs; `GET /v1/usage` estimates with it. Default 0. */
  readonly COST_PER_RUNNER_HOUR?: string;
  /** Its currency, three letters. Default USD. */
  readonly COST_CURRENCY?: string;
}

/** Whose sign-ins Cloudflare Access vouches for here. */
export interface AccessTeam {
  readonly domain: string;
  readonly audiences: readonly string[];
}

export interface Config {
  readonly version: string;
  readonly signingKeys: readonly [SigningKey, ...SigningKey[]];
  readonly runnerKey: string;
  readonly keyPepper: string;
  readonly adminKey: string | null;
  readonly requireKey: boolean;
  readonly access: AccessTeam | null;
  readonly keyRetentionS: number;
  /** For so long after its end a job is known. */
  readonly recordKeptMs: number;
  /** How long a lease lives without a heartbeat, and how often a runner is to send one. */
  readonly leaseTtlMs: number;
  readonly heartbeatMs: number;
  readonly retryBaseMs: number;
  readonly registryShards: number;
  readonly allowPrivateUrls: boolean;
  /** How much callers without and with a key may ask for. */
  readonly limits: Readonly<Record<"anonymous" | "key", Limits>>;
  /** Whether the binding `SHIELD` is asked. */
  readonly shieldEnabled: boolean;
  /** Origins whose pages may call; null for all of them. */
  readonly corsOrigins: readonly string[] | null;
  /** Whether their pages may send cookies along. */
  readonly corsCredentials: boolean;
  /** What a runner costs an hour, in this currency: for estimates. */
  readonly runnerCost: { readonly perHour: number; readonly currency: string };
}

const secretText = z.string().min(32, "must have at least 32 characters");

const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((text) => text === "true");

/** `https://a.example,https://b.example` as a list; `*` as null. An origin has no path, and is written as browsers write it. */
const corsOrigins = z
  .string()
  .default("")
  .transform((text, context) => {
    const origins = text
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean);
    if (origins.length === 1 && origins[0] === "*") return null;
    for (const origin of origins) {
      const isOrigin = /^https?:\/\/[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
      if (!isOrigin)
        context.addIssue({ code: "custom", message: `"${origin}" is not an origin like https://shop.example` });
    }
    return origins;
  });

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
  KEY_PEPPER: secretText,
  ADMIN_KEY: secretText.optional(),
  REQUIRE_KEY: flag,
  ACCESS_TEAM_DOMAIN: z
    .string()
    .regex(/^[a-z0-9-]+\.cloudflareaccess\.com$/, "must be the team's host, like acme.cloudflareaccess.com")
    .optional(),
  ACCESS_AUD: z
    .string()
    .default("")
    .transform((text) => text.split(/[\s,]+/).filter(Boolean)),
  ALLOW_PRIVATE_URLS: flag,
  MAX_RETENTION_S: z.coerce.number().int().min(MIN_RETENTION_S).max(MAX_RETENTION_S).default(RETENTION_S),
  RECORD_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(RECORD_RETENTION_DAYS),
  REGISTRY_SHARDS: z.coerce.number().int().min(1).max(64).default(1),
  LEASE_TTL_S: z.coerce
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
  ...limitVariablesShape,
  SHIELD_ENABLED: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true"),
  CORS_ORIGINS: corsOrigins,
  CORS_CREDENTIALS: flag,
  COST_PER_RUNNER_HOUR: z.coerce.number().min(0).max(1e6).default(0),
  COST_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be three letters, e.g. USD")
    .default("USD"),
});

/** Both variables, or neither: without an audience, a token for any other application of the team would do. */
function accessTeam({ ACCESS_TEAM_DOMAIN: domain, ACCESS_AUD }: z.output<typeof configSchema>): AccessTeam | null {
  if (domain && ACCESS_AUD.length > 0) return { domain, audiences: ACCESS_AUD };
  if (domain || ACCESS_AUD.length > 0) {
    throw new Error("Configuration: ACCESS_TEAM_DOMAIN and ACCESS_AUD belong together; set both, or neither.");
  }
  return null;
}

/** Everything that is wrong only together. */
function checkTogether({ CORS_ORIGINS, CORS_CREDENTIALS }: z.output<typeof configSchema>): void {
  if (CORS_ORIGINS === null && CORS_CREDENTIALS) {
    throw new Error(
      "Configuration: CORS_CREDENTIALS needs CORS_ORIGINS to name the origins; * is every page there is.",
    );
  }
}

const checked = new WeakMap<Env, Config>();

/** The configuration. Throws with every wrong variable named when it is not usable. */
export function readConfig(env: Env): Config {
  const known = checked.get(env);
  if (known) return known;
  const parsed = configSchema.safeParse(env);
  if (!parsed.success) throw new Error(`Configuration: ${z.prettifyError(parsed.error)}`);
  const { VERSION, SIGNING_KEYS, RUNNER_KEY, KEY_PEPPER, REQUIRE_KEY, LEASE_TTL_S, RETRY_BASE_S } = parsed.data;
  checkTogether(parsed.data);
  const config: Config = {
    version: VERSION,
    signingKeys: SIGNING_KEYS,
    runnerKey: RUNNER_KEY,
    keyPepper: KEY_PEPPER,
    adminKey: parsed.data.ADMIN_KEY ?? null,
    requireKey: REQUIRE_KEY,
    access: accessTeam(parsed.data),
    keyRetentionS: parsed.data.MAX_RETENTION_S,
    recordKeptMs: parsed.data.RECORD_RETENTION_DAYS * 24 * 3600_000,
    leaseTtlMs: LEASE_TTL_S * 1000,
    heartbeatMs: LEASE_TTL_S * 1000 * (HEARTBEAT_MS / LEASE_TTL_MS),
    retryBaseMs: RETRY_BASE_S * 1000,
    registryShards: parsed.data.REGISTRY_SHARDS,
    allowPrivateUrls: parsed.data.ALLOW_PRIVATE_URLS,
    limits: toLimits(parsed.data),
    shieldEnabled: parsed.data.SHIELD_ENABLED,
    corsOrigins: parsed.data.CORS_ORIGINS,
    corsCredentials: parsed.data.CORS_CREDENTIALS,
    runnerCost: { perHour: parsed.data.COST_PER_RUNNER_HOUR, currency: parsed.data.COST_CURRENCY },
  };
  checked.set(env, config);
  return config;
}
