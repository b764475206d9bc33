/**
 * API keys and runner keys: how they look, how they are stored, whether they still count.
 *
 * `kiln_live_` or `kiln_runner_`, 32 characters of base 62 (190 random bits), and 6 more that are the CRC-32 of all before
 * them: a key that was mistyped or cut off is refused without asking anyone, and scanners of leaked secrets have no false
 * alarms. After GitHub's tokens: https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
 *
 * Only the HMAC-SHA-256 of a key is stored, under a secret that the database does not hold. A key has enough random bits for
 * a fast hash: nobody goes through 2^190 of them.
 */
import type { ApiKey, KeyKind } from "#contract/access.ts";
import { toHex } from "./identifiers.ts";

/** A key as the server knows it. */
export interface KnownKey extends ApiKey {
  /** The key with whose limit of jobs it counts, its own id or that of a key that it descends from: no key makes itself more. */
  readonly limitOf: string;
}

const PREFIXES: Readonly<Record<KeyKind, string>> = { user: "kiln_live_", runner: "kiln_runner_" };
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARS = 32;
const CHECKSUM_CHARS = 6;
/** Characters of the random part that the hint shows. */
const HINT_CHARS = 4;
/** Random bytes for one key: 130 bits more than it shows, so that no character is likelier than another. */
export const KEY_RANDOM_BYTES = 40;

const encoder = new TextEncoder();

/** A new key of `KEY_RANDOM_BYTES` random bytes. */
export function makeKey(kind: KeyKind, random: Uint8Array): string {
  const number = BigInt(`0x${toHex(random)}`) % 62n ** BigInt(RANDOM_CHARS);
  const body = PREFIXES[kind] + toBase62(number, RANDOM_CHARS);
  return body + checksum(body);
}

/** What kind of key the text is, or null when it is none: another form, or its checksum is wrong. */
export function kindOfKey(text: string): KeyKind | null {
  for (const kind of ["user", "runner"] as const) {
    const match = new RegExp(`^(${PREFIXES[kind]}[0-9A-Za-z]{${RANDOM_CHARS}})([0-9A-Za-z]{${CHECKSUM_CHARS}})$`).exec(
      text,
    );
    if (match) return checksum(match[1] as string) === match[2] ? kind : null;
  }
  return null;
}

/** The beginning of a key, which gives nothing away: `kiln_live_4kF2…`. */
export function hintOf(key: string): string {
  return `${key.slice(0, key.lastIndexOf("_") + 1 + HINT_CHARS)}…`;
}

/** What is stored of a key: HMAC-SHA-256 in hex. */
export async function hashKey(key: string, pepper: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", encoder.encode(pepper), algorithm, false, ["sign"]);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", secret, encoder.encode(key))));
}

/** Why a key that is known no longer counts, or null when it does. */
export function whyEnded({ revokedAt, expiresAt }: Pick<ApiKey, "revokedAt" | "expiresAt">, now: number) {
  if (revokedAt !== null) return "revoked" as const;
  return expiresAt !== null && expiresAt <= now ? ("expired" as const) : null;
}

function checksum(text: string): string {
  return toBase62(BigInt(crc32(encoder.encode(text))), CHECKSUM_CHARS);
}

/** `number` in exactly `length` characters, most significant first. */
function toBase62(number: bigint, length: number): string {
  let text = "";
  for (let rest = number; text.length < length; rest /= 62n) text = ALPHABET[Number(rest % 62n)] + text;
  return text;
}

/** CRC-32 as in zip and PNG (ISO-HDLC, polynomial 0xEDB88320): https://www.w3.org/TR/png-3/#D-CRCAppendix */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
