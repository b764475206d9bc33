/**
 * How the client sends requests: base URL, credentials, retries of what is safe to repeat, errors. Knows no resource.
 * Uses nothing but `fetch`, so it runs in browsers, Node and Workers alike.
 */
import { KilnError, KilnUnreachableError, retryAfterS, toError } from "./kiln-error.ts";
import { sendWithProgress, tellsProgress } from "./send-with-progress.ts";

export interface TransportOptions {
  /** Where Kiln is, e.g. `http://127.0.0.1:8787`. */
  readonly api: string;
  /** API key; without one the caller is anonymous. */
  readonly key?: string;
  /** 128 random bits in hex that tie an anonymous visitor's jobs together. */
  readonly session?: string;
  /** Sent with every request to that server, e.g. the token of a proxy before it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long an answer may take to begin, in ms, each try for itself; default 60,000. What is sent of a file has no limit. */
  readonly timeoutMs?: number;
  /** How often a call that is safe to repeat is repeated; default 4. */
  readonly maxRetries?: number;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Waits between tries; tests pass their own. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Blob;
  /** Called with the bytes of `body` sent so far, where the platform can tell (browsers). */
  readonly onSent?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  /** Whether the request may be sent again when its answer is lost. Default: unless it is a POST or PATCH. */
  readonly repeatable?: boolean;
  readonly timeoutMs?: number;
}

/** What every call of the client takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** false = fail at once when the server does not answer. */
  readonly repeatable?: boolean;
  /** How long the answer to this call may take to begin, in ms, each try for itself. Default: the client's. */
  readonly timeoutMs?: number;
}

/** What calls take that make something. */
export interface CreateOptions extends CallOptions {
  /** The request's own name: whoever sends it again under the same one gets the same answer. Default: a new one. */
  readonly idempotencyKey?: string;
}

/** 128 random bits in hex. Not `randomUUID`, which browsers have on secure pages only. */
export function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `?a=1&b=2` of what is set; nothing when nothing is. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
}

const MAX_RETRIES = 4;
const TIMEOUT_MS = 60_000;
const BACKOFF_BASE_MS = 300;
const BACKOFF_MAX_MS = 10_000;
/** The longest `Retry-After` that is waited for unasked; who waits longer should be told why. */
const MAX_RETRY_AFTER_S = 10;

/** Resolves after `ms`; rejects as soon as the signal aborts. */
function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The promise, or the reason of an abort: Node 22 leaves who reads a body alone for ever when it is aborted at the wrong moment. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The system's reason for a failed fetch: Node hides it in `cause`, browsers tell none. */
function networkReason(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}

export class Transport {
  readonly api: string;
  /** Who calls which server. Holds the credentials: to compare, never to be kept or shown. */
  readonly identity: string;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly #fetch: typeof globalThis.fetch;
  /** Whether requests go through a `fetch` of the caller's. */
  readonly #ownFetch: boolean;
  readonly #credentials: Readonly<Record<string, string>>;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #maxRetries: number;

  constructor(options: TransportOptions) {
    if (!/^https?:\/\//.test(options.api) || !URL.canParse(options.api)) {
      throw new TypeError(`"${options.api}" is not the address of a server; it looks like http://127.0.0.1:8787`);
    }
    // Else the platform refuses the header in words that tell the key.
    if (!/^[\x21-\x7e]*$/.test(options.key ?? ""))
      throw new TypeError("The API key holds a blank, a line break or another character that no key has.");
    this.api = options.api.replace(/\/+$/, "");
    this.identity = JSON.stringify([this.api, options.key ?? "", options.session ?? ""]);
    // A bare `fetch` loses its `this` in browsers.
    this.#ownFetch = options.fetch !== undefined;
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
    this.sleep = options.sleep ?? sleepFor;
    this.#headers = options.headers ?? {};
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#maxRetries = options.maxRetries ?? MAX_RETRIES;
    this.#credentials = {
      ...(options.key ? { Authorization: `Bearer ${options.key}` } : {}),
      ...(options.session ? { "Kiln-Session": options.session } : {}),
    };
  }

  /** Calls the API under `path` with the credentials. Resolves with an answer below 400; throws otherwise. */
  request(path: string, options: RequestOptions = {}): Promise<Response> {
    const headers = { ...this.#credentials, ...options.headers };
    return this.send(`${this.api}${path}`, { ...options, headers });
  }

  /** Sends to any URL, without credentials: signed URLs carry their own. Retries like `request`. */
  async send(url: string, options: RequestOptions = {}): Promise<Response> {
    const repeatable = options.repeatable ?? (options.method !== "POST" && options.method !== "PATCH");
    for (let tries = 1; ; tries++) {
      const outcome = await this.#sendOnce(url, options);
      if (outcome.response) return outcome.response;
      if (tries > this.#maxRetries || !repeatable || !outcome.retryable) throw outcome.error;
      const backoffMs = Math.min(BACKOFF_BASE_MS * 2 ** (tries - 1), BACKOFF_MAX_MS);
      await this.sleep(Math.max(outcome.retryAfterMs, backoffMs * (0.8 + 0.4 * Math.random())), options.signal);
    }
  }

  /**
   * A POST that makes something, once: sent under a key (`Idempotency-Key`) by which the server knows it again, so it is
   * repeated when the answer is lost. Who is nobody, without API key and session, has no such key, and it is sent once.
   */
  create<T>(path: string, json: unknown, { idempotencyKey, ...options }: CreateOptions = {}): Promise<T> {
    const known = Object.keys(this.#credentials).length > 0;
    const headers: Record<string, string> = known ? { "Idempotency-Key": idempotencyKey ?? randomHex() } : {};
    return this.json(path, { method: "POST", json, headers, repeatable: known, ...options });
  }

  /** The JSON of an answer. The server's answers follow the contract; they are not checked again here. */
  async json<T>(path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.request(path, options);
    return orAborted(response.json() as Promise<T>, options.signal);
  }

  async #sendOnce(
    url: string,
    options: RequestOptions,
  ): Promise<{ response?: Response; error?: unknown; retryable: boolean; retryAfterMs: number }> {
    let response: Response;
    try {
      response = await this.#answerTo(url, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      return { error: new KilnUnreachableError(url, networkReason(error), error), retryable: true, retryAfterMs: 0 };
    }
    if (response.ok) return { response, retryable: false, retryAfterMs: 0 };
    const waitS = retryAfterS(response) ?? 0;
    const error = await toError(response, url);
    const retryable = error instanceof KilnError ? error.problem.retryable : response.status >= 500;
    // Who is told to come back in an hour is told so at once; to ask again sooner would be refused again.
    return { error, retryable: retryable && waitS <= MAX_RETRY_AFTER_S, retryAfterMs: waitS * 1000 };
  }

  /** Fails when the answer has not begun in time. Where a file is sent, that is the network's time, and there is no limit. */
  async #answerTo(url: string, { method = "GET", json, body: file, ...options }: RequestOptions): Promise<Response> {
    const { onSent, signal: wish, timeoutMs = this.#timeoutMs } = options;
    // Signed URLs lead to the same server, and to others.
    const own = url.startsWith(`${this.api}/`) ? this.#headers : {};
    const headers = {
      ...own,
      ...options.headers,
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
    };
    if (file && onSent && !this.#ownFetch && tellsProgress())
      return sendWithProgress(url, { method, headers, body: file, signal: wish, onSent });
    if (file) return this.#fetch(url, { method, headers, body: file, signal: wish });
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new TypeError(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    const signal = wish ? AbortSignal.any([wish, late.signal]) : late.signal;
    try {
      return await this.#fetch(url, {
        method,
        headers,
        body: json === undefined ? undefined : JSON.stringify(json),
        signal,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
