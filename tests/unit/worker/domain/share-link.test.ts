/** Share links: what a token says, and which links a job has. */
import { describe, expect, it } from "vitest";
import { MAX_SHARES_PER_JOB } from "#contract/limits.ts";
import type { JobRecord } from "../../../../worker/domain/job-record.ts";
import type { SigningKey } from "../../../../worker/domain/message-signature.ts";
import {
  addShareLink,
  dropShareLink,
  liveLinks,
  makeShareToken,
  readShareToken,
  type ShareLink,
} from "../../../../worker/domain/share-link.ts";
import { signUrl } from "../../../../worker/domain/signed-url.ts";

const key = (kid: string, fill: number): SigningKey => ({ kid, secret: new Uint8Array(32).fill(fill) });
const [NEW, OLD] = [key("new", 1), key("old", 2)];
const JOB = `job_${"a".repeat(26)}`;
const link = (n: number, expiresAt = 10_000): ShareLink => ({
  id: `shr_${String(n).padStart(26, "0")}`,
  createdAt: 1_000,
  expiresAt,
});

describe("the token of a link", () => {
  it("says which job and which link, until its time is over", async () => {
    const token = await makeShareToken(JOB, link(1), NEW);
    const place = { jobId: JOB, shareId: link(1).id };
    expect(await readShareToken(token, [NEW], 9_999)).toEqual({ ...place, hasEnded: false });
    expect(await readShareToken(token, [NEW], 10_000)).toEqual({ ...place, hasEnded: true });
  });

  it("is good as long as the key that signed it is live", async () => {
    const token = await makeShareToken(JOB, link(1), OLD);
    expect(await readShareToken(token, [NEW, OLD], 0)).not.toBeNull();
    expect(await readShareToken(token, [NEW], 0)).toBeNull();
    expect(await readShareToken(token, [NEW, key("old", 3)], 0)).toBeNull();
  });

  it("with any character changed, left out or added is none", async () => {
    const token = await makeShareToken(JOB, link(1), NEW);
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "b" ? "c" : "b";
      const wrong = [token.slice(0, at) + other + token.slice(at + 1), token.slice(0, at) + token.slice(at + 1)];
      // The last character of base64url holds bits that mean nothing.
      if (at < token.length - 1) {
        for (const text of wrong) expect(await readShareToken(text, [NEW], 0)).toBeNull();
      }
    }
    for (const text of ["", token.toUpperCase(), `${token}a`, ` ${token}`]) {
      expect(await readShareToken(text, [NEW], 0)).toBeNull();
    }
  });

  it("is not made of a signed URL's signature", async () => {
    const claims = `${"a".repeat(26)}.${"b".repeat(26)}.zz.new`;
    const url = new URL(await signUrl(new URL(`https://kiln.test/${claims}`), "GET", 10, NEW));
    expect(await readShareToken(`${claims}.${url.searchParams.get("sig")}`, [NEW], 0)).toBeNull();
  });
});

describe("a job's links", () => {
  const record = { purgedAt: null } as JobRecord;
  const add = (to: JobRecord, one: ShareLink, now = 0) => {
    const change = addShareLink(to, one, now);
    if (!change.ok) throw new Error(change.reason);
    return change.record;
  };

  it("are added once each, listed while they work, and ended", () => {
    const both = add(add(add(record, link(1, 500)), link(2)), link(2));
    expect(liveLinks(both.shareLinks, 499)).toEqual([link(1, 500), link(2)]);
    expect(liveLinks(both.shareLinks, 500)).toEqual([link(2)]);
    expect(dropShareLink(both, link(2).id).record.shareLinks).toEqual([link(1, 500)]);
    expect(dropShareLink(record, link(2).id).record).toBe(record);
  });

  it("are so many at most; those that are over make room", () => {
    let full = record;
    for (let n = 0; n < MAX_SHARES_PER_JOB; n++) full = add(full, link(n, n === 0 ? 500 : 10_000));
    expect(addShareLink(full, link(99), 499)).toEqual({ ok: false, reason: "share_limit" });
    expect(add(full, link(99), 500).shareLinks).toHaveLength(MAX_SHARES_PER_JOB);
  });

  it("can't be added once the files are gone", () => {
    expect(addShareLink({ ...record, purgedAt: 1 }, link(1), 2)).toEqual({ ok: false, reason: "purged" });
  });
});
