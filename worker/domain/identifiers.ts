/** Ids made of random bytes. The bytes are an argument, so that this file stays pure. */

/** Crockford's base 32: no i, l, o, u, so that an id can be read aloud. https://www.crockford.com/base32.html */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** 16 random bytes as 26 characters of base 32, most significant first; the last character holds 3 bits. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text;
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What `toHex` wrote, as bytes. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A prefixed id of 128 random bits, e.g. `job_…`. */
export function makeId(
  prefix: "job" | "upl" | "bat" | "whk" | "evt" | "acc" | "key" | "shr",
  random: Uint8Array,
): string {
  return `${prefix}_${toBase32(random)}`;
}
