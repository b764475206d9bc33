/** Who is calling: sessions, and people behind Cloudflare Access. Keys are in keys.test.ts. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApiKeyWithSecret } from "#contract/access.ts";
import type { Caller } from "#contract/caller.ts";
import type { Job } from "#contract/job.ts";
import { API_KEY, call, ORIGIN, post, problemOf } from "../../helpers/worker-api.ts";

type Headers = Record<string, string>;

const TEAM = "https://kiln-tests.cloudflareaccess.com";
const submit = async (headers: Headers) => (await (await post("/v1/jobs", { type: "echo" }, headers)).json()) as Job;
const statusOf = async (id: string, headers: Headers) => (await call(`/v1/jobs/${id}`, { headers })).status;

describe("what a session made", () => {
  const session = { "Kiln-Session": "a".repeat(64) };

  it("is its own: not another session's, not a key's, not everybody's", async () => {
    const { id } = await submit(session);
    expect(await statusOf(id, session)).toBe(200);
    for (const other of [{ "Kiln-Session": "b".repeat(64) }, { "X-API-Key": API_KEY }, {}] as Headers[]) {
      expect(await statusOf(id, other)).toBe(404);
    }
  });

  it("is anybody's who knows its id when there was no session", async () => {
    const { id } = await submit({});
    for (const other of [session, { "X-API-Key": API_KEY }, {}] as Headers[])
      expect(await statusOf(id, other)).toBe(200);
  });

  it("can be read with the session's cookie, as links and pictures do, but not changed", async () => {
    const { id } = await submit(session);
    const cookie = { Cookie: `theme=dark; kiln_session=${"a".repeat(64)}` };
    expect(await statusOf(id, cookie)).toBe(200);
    expect((await call(`/v1/jobs/${id}/cancel`, { method: "POST", headers: cookie })).status).toBe(404);
    expect(await statusOf(id, { Cookie: `kiln_session=${"b".repeat(64)}` })).toBe(404);
    expect(await statusOf(id, { ...cookie, "Kiln-Session": "b".repeat(64) })).toBe(404);
  });

  it("gives way to the cookie of a key for links and pictures; who sends a session is that session", async () => {
    const { id } = await submit({ "X-API-Key": API_KEY });
    const cookie = { Cookie: `kiln_session=${"a".repeat(64)}; kiln_key=${API_KEY}` };
    expect(await statusOf(id, cookie)).toBe(200);
    expect(await statusOf(id, { ...cookie, ...session })).toBe(404);
    expect(await statusOf(id, { Cookie: "kiln_key=kiln_live_none" })).toBe(404);
    expect((await call(`/v1/jobs/${id}/cancel`, { method: "POST", headers: cookie })).status).toBe(404);
  });

  it("is not added to by a cookie, though it be by a GET, and not watched by it from another site's page", async () => {
    const { id } = await submit(session);
    const cookie = { Cookie: `kiln_session=${"a".repeat(64)}; kiln_key=${API_KEY}` };
    for (const sent of [cookie, { Cookie: `kiln_session=${"a".repeat(64)}` }]) {
      const begun = await call("/s3/params?filename=a&type=a/b", { headers: sent });
      const { fields } = (await begun.json()) as { fields: { key: string } };
      expect((await call(`/v1/uploads/${fields.key}`)).status).toBe(200);
    }
    const watch = async (origin: string) => {
      const headers = { Cookie: `kiln_session=${"a".repeat(64)}`, Upgrade: "websocket", Origin: origin };
      const answer = await call(`/v1/jobs/${id}/ws`, { headers });
      answer.webSocket?.accept();
      answer.webSocket?.close();
      return answer.status;
    };
    for (const foreign of ["https://evil.example", "null", "http://sub.kiln.test", "http://kiln.test.evil.example"])
      expect(await watch(foreign)).toBe(404);
    expect(await watch(ORIGIN)).toBe(101);
  });

  it.each(["short", "A".repeat(32), "a".repeat(65)])("needs a session that is one, which %s is not", async (text) => {
    const problem = await problemOf(await call("/v1/jobs", { headers: { "Kiln-Session": text } }));
    expect(problem).toMatchObject({ status: 400, errors: [{ path: "Kiln-Session" }] });
  });
});

describe("who asks who they are", () => {
  const callerOf = async (headers: Headers) => (await (await call("/v1/caller", { headers })).json()) as Caller;

  it("is told so, with scopes, the key without its secret, and the limits", async () => {
    const anonymous = { scopes: ["read", "write", "webhooks"], key: null };
    expect(await callerOf({})).toMatchObject({ kind: "nobody", ...anonymous });
    expect(await callerOf({ "Kiln-Session": "a".repeat(64) })).toMatchObject({ kind: "session", ...anonymous });
    const known = await callerOf({ "X-API-Key": API_KEY });
    expect(known).toMatchObject({ kind: "account", scopes: ["read", "write", "webhooks", "keys"] });
    expect(API_KEY).toContain(known.key?.hint.slice(0, -1));
    expect(JSON.stringify(known)).not.toContain(API_KEY);
    expect(known.key).not.toHaveProperty("limitOf");
    expect(known.limits).toEqual({
      jobsPerHour: null,
      bytesPerDay: null,
      jobsInFlight: null,
      uploadBytes: 100_000_000,
    });
  });
});

describe("somebody who has signed in to Cloudflare Access", () => {
  let teamKey: CryptoKey;
  let publicJwk: Record<string, unknown>;
  /** What the team's address answers. */
  let certificates: () => Response;

  beforeAll(async () => {
    const pair = await generateKeyPair("RS256", { extractable: true });
    teamKey = pair.privateKey;
    publicJwk = { ...(await exportJWK(pair.publicKey)), kid: "team-1", alg: "RS256", use: "sig" };
  });

  beforeEach(() => {
    certificates = () => Response.json({ keys: [publicJwk] });
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      expect(String(input)).toBe(`${TEAM}/cdn-cgi/access/certs`);
      return certificates();
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** A token as Access makes them; what is not given is right. */
  async function token(given: Headers & { key?: never } = {}, key: CryptoKey | Uint8Array = teamKey): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const { alg = "RS256", kid = "team-1", iss = TEAM, aud = "aud-for-tests", sub = "person-1", exp = "60" } = given;
    const claims = {
      email: "person@example.com",
      type: "app",
      ...(given.common_name && { common_name: given.common_name }),
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg, kid })
      .setIssuer(iss)
      .setAudience([aud])
      .setSubject(sub)
      .setIssuedAt(now)
      .setExpirationTime(now + Number(exp))
      .sign(key);
  }

  const asserted = (text: string): Headers => ({ "Cf-Access-Jwt-Assertion": text });
  const ownPage = { Origin: ORIGIN };

  it("owns what they make, whichever token they come with, and is nobody else", async () => {
    const { id } = await submit({ ...asserted(await token()), ...ownPage });
    expect(await statusOf(id, asserted(await token({ exp: "120" })))).toBe(200);
    expect(await statusOf(id, { Cookie: `CF_Authorization=${await token()}` })).toBe(200);
    expect(await statusOf(id, asserted(await token({ sub: "person-2" })))).toBe(404);
    expect(await statusOf(id, { "X-API-Key": API_KEY })).toBe(404);
    expect(await statusOf(id, {})).toBe(404);
  });

  it("may do everything, and make keys, whose jobs are theirs", async () => {
    const mine = { ...asserted(await token()), ...ownPage };
    const made = await post("/v1/keys", { name: "My script" }, mine);
    expect(made.status).toBe(201);
    const { secret } = (await made.json()) as ApiKeyWithSecret;
    const { id } = await submit({ "X-API-Key": secret });
    expect(await statusOf(id, mine)).toBe(200);
  });

  it("may be a service, which has a name and no subject", async () => {
    const service = asserted(await token({ sub: "", common_name: "robot.access" }));
    const { id } = await submit({ ...service, "X-Requested-With": "curl" });
    expect(await statusOf(id, service)).toBe(200);
    const nobody = asserted(await token({ sub: "" }));
    expect((await call("/v1/jobs", { headers: nobody })).status).toBe(401);
  });

  it("is asked for a key no more than once: an API key that is sent as well counts instead", async () => {
    const { id } = await submit({ ...asserted("nonsense"), "X-API-Key": API_KEY });
    expect(await statusOf(id, { "X-API-Key": API_KEY })).toBe(200);
  });

  it("is refused with a token of another team, for another application, over, not yet signed or signed otherwise", async () => {
    const stranger = await generateKeyPair("RS256");
    const encode = (value: unknown) =>
      btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const [, claims = ""] = (await token()).split(".");
    const wrong: Headers = {
      "another key under the team's name": await token({}, stranger.privateKey),
      "a key that the team has not": await token({ kid: "team-2" }, stranger.privateKey),
      "another team": await token({ iss: "https://others.cloudflareaccess.com" }),
      "another application": await token({ aud: "aud-of-somebody-else" }),
      expired: await token({ exp: "-60" }),
      "no signature (alg none)": `${encode({ alg: "none", kid: "team-1" })}.${claims}.`,
      "the public key as a secret (HS256)": await token(
        { alg: "HS256" },
        new TextEncoder().encode(JSON.stringify(publicJwk)),
      ),
      "changed claims": `${(await token()).split(".")[0]}.${encode({ iss: TEAM, aud: "aud-for-tests", sub: "x", exp: 9e9, iat: 1 })}.${(await token()).split(".")[2]}`,
      "no token at all": "nonsense",
    };
    for (const [what, text] of Object.entries(wrong)) {
      for (const headers of [asserted(text), { Cookie: `CF_Authorization=${text}` }]) {
        expect((await call("/v1/jobs", { headers: headers as Headers })).status, what).toBe(401);
      }
    }
    expect((await problemOf(await call("/v1/jobs", { headers: asserted(wrong.expired ?? "") }))).detail).toContain(
      "signed out",
    );
  });

  it("changes nothing from another site's page: neither by a form, nor through a WebSocket", async () => {
    const cookie = { Cookie: `CF_Authorization=${await token()}` };
    const { id } = await submit({ ...cookie, ...ownPage });
    const foreign: Headers[] = [
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: "https://evil.example", "X-Requested-With": "x" },
      {},
    ];
    for (const headers of foreign) {
      for (const sent of [cookie, asserted(await token())]) {
        const cancel = await call(`/v1/jobs/${id}/cancel`, {
          method: "POST",
          headers: { ...sent, ...headers } as Headers,
        });
        expect((await problemOf(cancel)).code).toBe("forbidden");
      }
      const watch = await call(`/v1/jobs/${id}/ws`, {
        headers: { ...cookie, ...headers, Upgrade: "websocket" } as Headers,
      });
      expect((await problemOf(watch)).code).toBe("forbidden");
      const begin = await call("/s3/params?filename=a&type=a/b", { headers: { ...cookie, ...headers } as Headers });
      expect((await problemOf(begin)).code).toBe("forbidden");
    }
    const ownFetch = { ...cookie, "Sec-Fetch-Site": "same-origin" };
    expect((await call("/s3/params?filename=a&type=a/b", { headers: ownFetch })).status).toBe(200);
    expect(((await (await call(`/v1/jobs/${id}`, { headers: cookie })).json()) as Job).state).toBe("queued");
  });

  it("is told to come again when the team's keys can't be had, and is no stranger; Access is then left alone a while", async () => {
    let asked = 0;
    certificates = () => {
      asked += 1;
      return new Response("busy", { status: 503 });
    };
    // A key that is not known yet makes the Worker ask anew, half a minute after it asked last.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    for (let times = 0; times < 3; times++) {
      const problem = await problemOf(await call("/v1/jobs", { headers: asserted(await token({ kid: "team-3" })) }));
      expect(problem).toMatchObject({ status: 503, code: "unavailable", retryable: true });
    }
    expect(asked).toBe(1);
    expect((await call("/v1/jobs", { headers: asserted(await token()) })).status).toBe(200);
    vi.setSystemTime(Date.now() + 5_000);
    certificates = () => Response.json({ keys: [{ ...publicJwk, kid: "team-3" }] });
    expect((await call("/v1/jobs", { headers: asserted(await token({ kid: "team-3" })) })).status).toBe(200);
  });
});
