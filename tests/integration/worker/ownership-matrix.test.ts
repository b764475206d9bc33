/**
 * Every declared call with everybody's credentials but the right ones, aimed at the things of one owner: refused, or blind to
 * them, and none of them changed. Where each call is aimed at: tests/helpers/ownership-aims.ts.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SCOPES } from "#contract/access.ts";
import type { Job } from "#contract/job.ts";
import type { Operation } from "../../../worker/routes/operation.ts";
import { lookAt, makeThings, namesOf } from "../../helpers/owned-things.ts";
import {
  AIMS,
  type Aim,
  aimsOf,
  fire,
  named,
  OPEN,
  operations,
  SOCKETS,
  type Target,
} from "../../helpers/ownership-aims.ts";
import { newKey, STORED_RUNNER_KEY, storeKey } from "../../helpers/test-keys.ts";
import { ADMIN_KEY, API_KEY, call, OTHER_API_KEY, post, settleWork } from "../../helpers/worker-api.ts";

/** Hundreds of calls in one test: 1.2 s on a machine that does nothing else. */
vi.setConfig({ testTimeout: 60_000 });

type Headers = Record<string, string>;

const REFUSED = [401, 403, 404];
const sessionOf = (digit: string): Headers => ({ "Kiln-Session": digit.repeat(32) });
const keyOf = (secret: string): Headers => ({ Authorization: `Bearer ${secret}` });

/** Who may make the call for themselves, but is not the owner. */
const STRANGERS: Readonly<Record<string, Headers>> = {
  "another account": keyOf(OTHER_API_KEY),
  "another session": sessionOf("e"),
  nobody: {},
};

/** Whose credential is good for nothing here. `spoilt`: keys of the account itself that do not count, or not for this. */
function uselessFor({ access, scope }: Operation, at: Target, spoilt: Headers): Readonly<Record<string, Headers>> {
  const ofTheOwner = {
    "a revoked key": keyOf(spoilt.revoked ?? ""),
    "an expired key": keyOf(spoilt.expired ?? ""),
    ...(scope ? { "a key without the scope": keyOf(spoilt[scope] ?? "") } : {}),
  };
  return {
    ...(spoilt.revoked ? ofTheOwner : {}),
    ...(access === "user" ? {} : { "an API key": keyOf(API_KEY), ...STRANGERS }),
    ...(access === "runner" ? {} : { "a runner": keyOf(STORED_RUNNER_KEY) }),
    ...(access === "admin" ? {} : { "the operator": keyOf(ADMIN_KEY) }),
    "a share link": keyOf(at.share.token),
  };
}

/** Keys of the first account that have ended, and one for each scope that lacks it. */
async function spoiltKeys(): Promise<Headers> {
  const keys: Headers = { revoked: newKey(), expired: newKey() };
  const expired = await storeKey(keys.expired ?? "", { expiresAt: 1 });
  const revoked = await storeKey(keys.revoked ?? "");
  await call(`/v1/keys/${revoked.id}`, { method: "DELETE", headers: keyOf(API_KEY) });
  expect(expired.expiresAt).toBe(1);
  for (const scope of SCOPES) {
    keys[scope] = newKey();
    await storeKey(keys[scope], { scopes: SCOPES.filter((other) => other !== scope) });
  }
  return keys;
}

/** Goes through the whole matrix; answers how many combinations it has and which of them went wrong. */
async function attack(at: Target, spoilt: Headers): Promise<{ combinations: number; wrong: string[] }> {
  const names = namesOf(at);
  const wrong: string[] = [];
  let combinations = 0;
  const check = async (operation: Operation, aim: Aim, [who, headers]: [string, Headers], isUseless: boolean) => {
    combinations += 1;
    const response = await fire(operation, aim, headers);
    const { status } = response;
    // RFC 9110 §15.5.2: who is refused so is told what to send.
    if (status === 401 && !response.headers.has("WWW-Authenticate"))
      wrong.push(`${operation.method} ${aim.path} as ${who}: 401 without WWW-Authenticate`);
    if (isUseless || !aim.others) {
      // An event stream that was opened would not end.
      await response.body?.cancel();
      if (!REFUSED.includes(status)) wrong.push(`${operation.method} ${aim.path} as ${who}: ${status}`);
      return;
    }
    const text = await response.text();
    const isBlind = (status < 500 || status in operation.answers) && !names.some((name) => text.includes(name));
    if (!isBlind) wrong.push(`${operation.method} ${aim.path} as ${who}: ${status} ${text.slice(0, 200)}`);
  };
  for (const operation of operations) {
    const useless = operation.access === "open" ? {} : uselessFor(operation, at, spoilt);
    const able = operation.access === "user" ? STRANGERS : operation.access === "open" ? { nobody: {} } : {};
    for (const aim of aimsOf(operation, at)) {
      for (const who of Object.entries(useless)) await check(operation, aim, who, true);
      for (const who of Object.entries(able)) await check(operation, aim, who, false);
    }
  }
  return { combinations, wrong };
}

describe("ownership matrix", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("thanks"));
    return () => vi.restoreAllMocks();
  });

  it("has an aim for every declared call, and for no other", () => {
    const aimed = [...Object.keys(AIMS), ...Object.keys(OPEN)];
    const missing = [...named.keys()].filter((name) => !aimed.includes(name));
    expect(missing, "give these calls an aim in AIMS, or in OPEN if they are anybody's").toEqual([]);
    expect(
      aimed.filter((name) => !named.has(name)),
      "these calls are no longer declared",
    ).toEqual([]);
    const open = operations.filter(({ access }) => access === "open").map(({ operationId }) => operationId);
    expect(Object.keys(OPEN).sort(), "what is open is to be listed as such").toEqual(open.sort());
  });

  it.each([
    ["an account", keyOf(API_KEY), true],
    ["a session", sessionOf("d"), false],
  ] as const)(
    "what %s owns is refused to everybody else in every call, and stays as it is",
    async (who, owner, mayHaveKeys) => {
      const { id: nobodysJob } = (await (
        await post("/v1/jobs", { type: "text-to-3d", params: { text: "a" } })
      ).json()) as Job;
      const at: Target = { ...(await makeThings(owner, { mayHaveKeys })), nobodysJob };
      const spoilt = mayHaveKeys ? await spoiltKeys() : {};
      const before = await lookAt(at, owner, { mayHaveKeys });
      const { combinations, wrong } = await attack(at, spoilt);
      expect(wrong).toEqual([]);
      await settleWork();
      expect(await lookAt(at, owner, { mayHaveKeys })).toEqual(before);
      console.info(`ownership matrix: ${combinations} combinations of calls and callers against ${who}`);
    },
  );

  it("is aimed well: with the right credential every call finds what it is aimed at", async () => {
    const owner = keyOf(API_KEY);
    const { id: nobodysJob } = (await (await post("/v1/jobs", { type: "echo" }, owner)).json()) as Job;
    await call(`/v1/jobs/${nobodysJob}/cancel`, { method: "POST", headers: owner });
    const at: Target = { ...(await makeThings(owner, { mayHaveKeys: true })), nobodysJob };
    const right = { user: owner, runner: keyOf(STORED_RUNNER_KEY), admin: keyOf(ADMIN_KEY), open: {} };
    const missed: string[] = [];
    const kept: string[] = [];
    // What deletes comes last, the job at the very end.
    const order = ({ method, operationId }: Operation) =>
      operationId === "deleteJob" ? 2 : method === "delete" ? 1 : 0;
    for (const operation of operations.toSorted((a, b) => order(a) - order(b))) {
      if (operation.access === "open") continue;
      for (const aim of aimsOf(operation, at)) {
        const response = await fire(operation, aim, right[operation.access]);
        await response.body?.cancel();
        const isSocket = SOCKETS.test(operation.operationId);
        if (
          [...REFUSED, 405, 415].includes(response.status) ||
          response.status >= 500 ||
          isSocket !== (response.status === 101)
        ) {
          missed.push(`${operation.method} ${aim.path}: ${response.status}`);
        }
        const isKept = !/no-store|private|no-cache/.test(response.headers.get("Cache-Control") ?? "");
        if (isKept && !isSocket) kept.push(`${operation.method} ${aim.path}`);
      }
    }
    expect(missed).toEqual([]);
    expect(kept, "what a cache on the way might give to somebody else").toEqual([]);
  });
});
