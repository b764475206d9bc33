/** The API key that a browser works with. */
import { expect, test } from "vitest";
import { keepKey, keyCookie, keyIn, keyProblem, readKey } from "../../../../pages/src/api/account-key.ts";

const KEY = `kiln_live_${"A1b2".repeat(9)}Zz`;

function memoryStore() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

test("a key is known by its form, whatever copying brought along", () => {
  expect([keyIn(KEY), keyIn(` ${KEY}\n`), keyIn(`"${KEY}"`)]).toEqual([KEY, KEY, KEY]);
  for (const wrong of ["", "kiln_live_short", `kiln_runner_${"a".repeat(38)}`, `Bearer ${KEY}`]) {
    expect(keyIn(wrong)).toBeNull();
  }
});

test("a runner's key is told apart from what is no key at all", () => {
  expect(keyProblem(`kiln_runner_${"a".repeat(38)}`)).toMatch(/runner's key/);
  expect(keyProblem("Bearer x")).toMatch(/begins with kiln_live_/);
});

test("a key is kept until the visitor signs out; where storage is blocked there is none", () => {
  const store = memoryStore();
  keepKey(store, KEY);
  expect(readKey(store)).toBe(KEY);
  keepKey(store, null);
  expect([readKey(store), readKey(null)]).toEqual([null, null]);
});

test("links and pictures carry the key as a cookie for the API's paths; signing out takes it back", () => {
  const cookie = keyCookie(KEY, { protocol: "https:" });
  expect(cookie).toBe(`kiln_key=${KEY}; Path=/v1; Max-Age=31536000; SameSite=Strict; Secure`);
  expect(keyCookie(null, { protocol: "http:" })).toBe("kiln_key=; Path=/v1; Max-Age=0; SameSite=Strict");
});
