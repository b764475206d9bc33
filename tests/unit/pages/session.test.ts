/** The token that ties a visitor's jobs together. */
import { expect, test } from "vitest";
import { browserSession, sessionCookie } from "../../../pages/src/api/session.ts";

function memoryStore(kept: string | null) {
  const store = {
    kept,
    getItem: () => store.kept,
    setItem: (_key: string, value: string) => {
      store.kept = value;
    },
  };
  return store;
}

test("a new visitor gets 128 random bits in hex, which are kept", () => {
  const store = memoryStore(null);
  const session = browserSession(store);
  expect(session).toMatch(/^[0-9a-f]{32}$/);
  expect(browserSession(store)).toBe(session);
  expect(browserSession(memoryStore(null))).not.toBe(session);
});

test("a token that was damaged is replaced", () => {
  const store = memoryStore("<script>");
  expect(browserSession(store)).toMatch(/^[0-9a-f]{32}$/);
  expect(store.kept).toMatch(/^[0-9a-f]{32}$/);
});

test("where storage is blocked the visit still has a token", () => {
  expect(browserSession(null)).toMatch(/^[0-9a-f]{32}$/);
});

test("the session goes with links and pictures as a cookie for the API's paths, which no other site can send", () => {
  const cookie = sessionCookie("a".repeat(32), { protocol: "https:" });
  expect(cookie).toBe(`kiln_session=${"a".repeat(32)}; Path=/v1; Max-Age=31536000; SameSite=Strict; Secure`);
  expect(sessionCookie("a".repeat(32), { protocol: "http:" })).not.toContain("Secure");
});
