/** API keys: their form, their checksum, when they end. */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashKey, hintOf, KEY_RANDOM_BYTES, kindOfKey, makeKey, whyEnded } from "../../../../worker/domain/api-key.ts";

const randomBytes = fc.uint8Array({ minLength: KEY_RANDOM_BYTES, maxLength: KEY_RANDOM_BYTES });

describe("a key", () => {
  it("has a prefix that tells its kind, 32 characters of base 62 and 6 of checksum", () => {
    fc.assert(
      fc.property(randomBytes, (random) => {
        expect(makeKey("user", random)).toMatch(/^kiln_live_[0-9A-Za-z]{38}$/);
        expect(makeKey("runner", random)).toMatch(/^kiln_runner_[0-9A-Za-z]{38}$/);
        expect(kindOfKey(makeKey("user", random))).toBe("user");
        expect(kindOfKey(makeKey("runner", random))).toBe("runner");
      }),
    );
  });

  it("ends with the CRC-32 that zlib computes of all before it", () => {
    fc.assert(
      fc.property(randomBytes, (random) => {
        const key = makeKey("user", random);
        const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        const sum = [...key.slice(-6)].reduce((all, char) => all * 62 + digits.indexOf(char), 0);
        expect(sum).toBe(crc32(key.slice(0, -6)));
      }),
    );
  });

  it("with one character changed, left out or added is none", () => {
    const key = makeKey("user", new Uint8Array(KEY_RANDOM_BYTES).fill(7));
    for (let at = 0; at < key.length; at++) {
      const other = key[at] === "a" ? "b" : "a";
      expect(kindOfKey(key.slice(0, at) + other + key.slice(at + 1))).toBeNull();
      expect(kindOfKey(key.slice(0, at) + key.slice(at + 1))).toBeNull();
      expect(kindOfKey(`${key.slice(0, at)}a${key.slice(at)}`)).toBeNull();
    }
    for (const text of ["", "kiln_live_", ` ${key}`, `${key}\n`, key.replace("live", "runner")]) {
      expect(kindOfKey(text)).toBeNull();
    }
  });

  it("is hinted at by its first characters, which are not enough to guess it", () => {
    const key = makeKey("runner", new Uint8Array(KEY_RANDOM_BYTES).fill(9));
    expect(hintOf(key)).toBe(`${key.slice(0, "kiln_runner_".length + 4)}…`);
  });

  it("is stored as an HMAC, which is another under another pepper", async () => {
    // RFC 4231, test case 2.
    expect(await hashKey("what do ya want for nothing?", "Jefe")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    expect(await hashKey("what do ya want for nothing?", "jefe")).not.toMatch(/^5bdcc146/);
  });
});

it.each([
  [{ revokedAt: null, expiresAt: null }, null],
  [{ revokedAt: null, expiresAt: 1_001 }, null],
  [{ revokedAt: null, expiresAt: 1_000 }, "expired"],
  [{ revokedAt: 900, expiresAt: 500 }, "revoked"],
])("%j has ended at 1000 because it is %s", (key, why) => {
  expect(whyEnded(key, 1_000)).toBe(why);
});
