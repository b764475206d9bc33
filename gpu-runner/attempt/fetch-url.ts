/**
 * Fetches a file from an address that a user has named. Nothing the other side says is trusted: each address, redirects
 * included, is checked before it is connected to (public-lookup.ts), and what comes is counted while it comes, after it is
 * unpacked. Not `fetch`, which resolves names by itself.
 *
 * No message says more than that a public server could not give the file: answers of others are never read.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { ProblemCode } from "#contract/problem.ts";
import { JobFailure } from "../process/job-failure.ts";
import { RUNNER_VERSION } from "../version.ts";
import {
  type AddressRules,
  checkedLookup,
  PrivateAddressError,
  type Resolve,
  resolveBySystem,
} from "./public-lookup.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Answers after which another try may help. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
/** Failures of the network that the same address may not have a minute later. */
const PASSING_ERRORS: ReadonlySet<string> = new Set([
  ...["EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
]);
const DISK_ERRORS: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EFBIG"]);

/** How long each part of a fetch may take. */
export interface FetchLimits {
  /** Until the headers of an answer are there, each time. */
  readonly answerMs: number;
  /** Without a byte. */
  readonly idleMs: number;
  /** All of it: one byte every few seconds is no way to send a file. */
  readonly totalMs: number;
}
export const FETCH_LIMITS: FetchLimits = { answerMs: 10_000, idleMs: 20_000, totalMs: 600_000 };

export interface FetchOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  readonly rules: AddressRules;
  readonly resolve?: Resolve;
  readonly limits?: FetchLimits;
}

/** What came. `contentType` is what the server called it: a hint. */
export interface FetchedFile {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly contentType: string;
}

/**
 * Writes the file behind `url` to `path`.
 * @returns its length and hash. Rejects with `JobFailure` (`input_unreachable`, `input_too_large`, `input_empty`; only what
 * may pass is retryable), or with the signal's reason
 */
export async function fetchUrl(url: string, path: string, options: FetchOptions): Promise<FetchedFile> {
  const limits = options.limits ?? FETCH_LIMITS;
  const watch = new FetchWatch(limits.totalMs);
  const signal = AbortSignal.any([options.signal, watch.signal]);
  let host = "the address";
  try {
    let target = checkTarget(url, options);
    for (let redirects = 0; ; redirects++) {
      host = target.hostname;
      watch.expectWithin(limits.answerMs);
      const response = await open(target, options, signal);
      const { statusCode: status = 0, headers } = response;
      if (status === 200) return await save(response, path, options.maxBytes, host, signal, watch, limits.idleMs);
      // What else it says is nobody's concern.
      response.destroy();
      if (!REDIRECTS.has(status) || headers.location === undefined) throw refusedBy(host, status);
      if (redirects === MAX_REDIRECTS) throw unreachable(`${host} leads from address to address without end.`);
      const next = URL.parse(headers.location, target.href);
      if (!next) throw unreachable(`${host} leads to something that is no address.`);
      target = checkTarget(next.href, options);
    }
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (watch.signal.aborted) {
      throw unreachable(`${host} took too long to send the file. Try again, or upload the file.`, true);
    }
    throw toFailure(error, host);
  } finally {
    watch.end();
  }
}

/** Ends a fetch that takes too long, as a whole or until the next sign of life. */
class FetchWatch {
  readonly #controller = new AbortController();
  readonly #total: NodeJS.Timeout;
  #next: NodeJS.Timeout | undefined;

  constructor(totalMs: number) {
    this.#total = setTimeout(() => this.#controller.abort(), totalMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  expectWithin(ms: number): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#controller.abort(), ms);
  }

  moved(): void {
    this.#next?.refresh();
  }

  end(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#next);
  }
}

function checkTarget(text: string, { rules }: FetchOptions): URL {
  const checked = rules.checkUrl(text);
  if (checked.ok) return checked.url;
  throw unreachable(`An address on the way to the file ${checked.reason}. Use one that leads to the file itself.`);
}

/** The headers of an answer. No connection is kept: the next one is checked anew. */
function open(
  url: URL,
  { resolve = resolveBySystem, rules }: FetchOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? requestTls : requestPlain;
  return new Promise((resolveOpen, reject) => {
    request(url, {
      agent: false,
      lookup: checkedLookup(resolve, rules),
      signal,
      maxHeaderSize: 16 * 1024,
      headers: { Accept: "*/*", "Accept-Encoding": "identity", "User-Agent": `Kiln/${RUNNER_VERSION}` },
    })
      .on("response", resolveOpen)
      .on("error", reject)
      .end();
  });
}

async function save(
  response: IncomingMessage,
  path: string,
  maxBytes: number,
  host: string,
  signal: AbortSignal,
  watch: FetchWatch,
  idleMs: number,
): Promise<FetchedFile> {
  // The cheap answer to an honest server; the others are counted.
  if (Number(response.headers["content-length"] ?? 0) > maxBytes) {
    response.destroy();
    throw tooLarge(host, maxBytes);
  }
  watch.expectWithin(idleMs);
  const hash = createHash("sha256");
  const [packed, unpacked] = [{ bytes: 0 }, { bytes: 0 }];
  const counter = (count: { bytes: number }, onChunk: (chunk: Buffer) => void) =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        count.bytes += chunk.length;
        onChunk(chunk);
        done(count.bytes > maxBytes ? tooLarge(host, maxBytes) : null, chunk);
      },
    });
  await pipeline(
    [
      response as Readable,
      counter(packed, () => watch.moved()),
      ...unpacking(response.headers["content-encoding"], host),
      counter(unpacked, (chunk) => hash.update(chunk)),
      createWriteStream(path, { mode: 0o600 }),
    ],
    { signal },
  );
  if (unpacked.bytes === 0) throw new JobFailure("input_empty", `The file at ${host} is empty.`);
  return { bytes: unpacked.bytes, sha256: hash.digest("hex"), contentType: mediaType(response) };
}

/** Servers pack though they were asked not to; what is packed in a way that is not known here would be taken for the file. */
function unpacking(encoding: string | undefined, host: string): Transform[] {
  switch ((encoding ?? "identity").trim().toLowerCase()) {
    case "identity":
    case "":
      return [];
    case "gzip":
    case "x-gzip":
      return [createGunzip()];
    case "deflate":
      return [createInflate()];
    case "br":
      return [createBrotliDecompress()];
    default:
      throw unreachable(`${host} sends the file packed in a way that is not known here. Upload the file instead.`);
  }
}

function mediaType({ headers }: IncomingMessage): string {
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) && type.length <= 128 ? type : "application/octet-stream";
}

function unreachable(message: string, retryable = false): JobFailure {
  return new JobFailure("input_unreachable" satisfies ProblemCode, message, { retryable });
}

function tooLarge(host: string, maxBytes: number): JobFailure {
  return new JobFailure("input_too_large", `The file at ${host} is larger than ${maxBytes} bytes.`);
}

function refusedBy(host: string, status: number): JobFailure {
  const isPassing = status >= 500 || PASSING.has(status);
  const advice = isPassing
    ? "Try again later, or upload the file."
    : "Check that the address is right, and that it opens without signing in.";
  return unreachable(`${host} answered with status ${status} instead of the file. ${advice}`, isPassing);
}

/** The public face of what went wrong. */
function toFailure(error: unknown, host: string): unknown {
  if (error instanceof JobFailure) return error;
  const failed = error as NodeJS.ErrnoException & { errors?: readonly NodeJS.ErrnoException[] };
  // Several addresses were tried: `AggregateError`.
  const code = failed.code ?? failed.errors?.[0]?.code ?? "";
  if (error instanceof PrivateAddressError) return unreachable(`${host} is not on the public internet.`);
  if (DISK_ERRORS.has(code)) return error;
  if (code === "ENOTFOUND") return unreachable(`There is no server called ${host}. Check the address.`);
  if (code.startsWith("Z_") || code.startsWith("ERR_BROTLI") || code.startsWith("ERR__ERROR")) {
    return unreachable(`What ${host} sent can't be unpacked. Upload the file instead.`);
  }
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code)) {
    return unreachable(`The connection to ${host} can't be trusted: its certificate is not valid.`);
  }
  const isPassing = PASSING_ERRORS.has(code) || code === "ERR_STREAM_PREMATURE_CLOSE";
  return unreachable(`The file could not be read from ${host}. Try again, or upload the file.`, isPassing);
}
