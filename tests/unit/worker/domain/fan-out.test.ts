/** `fan-out.ts`: who makes which part of a shared stage, in any order of claims, losses, repetitions and late calls. */
import { describe, expect, test } from "vitest";
import { MAX_ASSISTANTS, POOL_CONFIRM_MS } from "../../../../contract/limits.ts";
import {
  announceParts,
  claimParts,
  dropExpired,
  endAssist,
  extendAssist,
  type FanOut,
  findAssist,
  grantAssist,
  helpNews,
  isHelpWanted,
  isSameAnnouncement,
  noteMade,
  openClaims,
  sharedParts,
} from "../../../../worker/domain/fan-out.ts";

const LEAD = { leaseId: "lead", runnerId: "runner-lead" };
const TTL_MS = 60_000;
const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const request = (count: number, more: { atOnce?: number; setUpMs?: number } = {}) => ({
  stage: "depth",
  names: names(count),
  atOnce: 1,
  setUpMs: 0,
  ...more,
});

/** Announced at 0; the lead has made the first part at 1,000. */
function begun(count: number, more: { atOnce?: number; setUpMs?: number } = {}): FanOut {
  return noteMade(announceParts(LEAD, request(count, more), 0), "lead", "p0");
}

/** Lets somebody help at 1,000; it must be granted. */
function helped(fanOut: FanOut, leaseId: string, now = 1_000): FanOut {
  const granted = grantAssist(fanOut, { leaseId, runnerId: `runner-${leaseId}`, ttlMs: TTL_MS }, now);
  if (!granted) throw new Error("the assist was refused");
  return granted;
}

const claimsOf = (fanOut: FanOut, leaseId: string): string[] => {
  const assist = findAssist(fanOut, leaseId);
  return assist ? openClaims(fanOut, assist) : [];
};

describe("help is wanted", () => {
  test("not before the lead has made as many parts as it makes at once: nobody knows how long they take", () => {
    const announced = announceParts(LEAD, request(9, { atOnce: 2 }), 0);
    expect(isHelpWanted(announced, 1_000)).toBe(false);
    expect(isHelpWanted(noteMade(announced, "lead", "p0"), 1_000)).toBe(false);
    expect(isHelpWanted(noteMade(noteMade(announced, "lead", "p0"), "lead", "p1"), 1_000)).toBe(true);
  });

  test.each([
    [4_000, true],
    [4_001, false],
  ])("when the rest, 8 s of work, takes twice as long as the %i ms of getting ready: %s", (setUpMs, wanted) => {
    // 10 parts, one made in 1 s, the next one is the lead's.
    expect(isHelpWanted(begun(10, { setUpMs }), 1_000)).toBe(wanted);
  });

  test("for no more assistants than there are parts to give away, and never for more than the limit", () => {
    let fanOut = begun(4);
    for (const id of ["a", "b"]) fanOut = helped(fanOut, id);
    expect(isHelpWanted(fanOut, 1_000)).toBe(false);
    fanOut = begun(500);
    for (let i = 0; i < MAX_ASSISTANTS; i++) fanOut = helped(fanOut, `a${i}`);
    expect(isHelpWanted(fanOut, 1_000)).toBe(false);
  });

  test("not from the runner that has the job: its own slots are its own", () => {
    expect(grantAssist(begun(9), { leaseId: "a", runnerId: LEAD.runnerId, ttlMs: TTL_MS }, 1_000)).toBeNull();
  });
});

describe("claims", () => {
  test("are taken from the back, and leave the lead those it makes next", () => {
    const fanOut = claimParts(helped(begun(6, { atOnce: 1 }), "a"), "a", 64, 1_000);
    expect(claimsOf(fanOut, "a")).toEqual(["p5", "p4", "p3", "p2"]);
    expect(sharedParts(fanOut)).toEqual({ taken: [2, 3, 4, 5], done: [] });
  });

  test("of two assistants never meet, and are filled up to the count as parts are made", () => {
    let fanOut = helped(helped(begun(9), "a"), "b");
    fanOut = claimParts(claimParts(fanOut, "a", 2, 1_000), "b", 2, 1_000);
    expect([claimsOf(fanOut, "a"), claimsOf(fanOut, "b")]).toEqual([
      ["p8", "p7"],
      ["p6", "p5"],
    ]);
    fanOut = claimParts(noteMade(fanOut, "a", "p8"), "a", 2, 2_000);
    expect(claimsOf(fanOut, "a")).toEqual(["p7", "p4"]);
    expect(sharedParts(fanOut)).toEqual({ taken: [4, 5, 6, 7], done: [8] });
  });

  test("asked for again are the same, and none when none are asked for", () => {
    const once = claimParts(helped(begun(9), "a"), "a", 3, 1_000);
    expect(claimParts(once, "a", 3, 1_000)).toEqual(once);
    expect(claimsOf(claimParts(once, "a", 0, 1_000), "a")).toEqual(claimsOf(once, "a"));
    expect(claimsOf(claimParts(helped(begun(9), "b"), "b", 0, 1_000), "b")).toEqual([]);
  });

  test("of who is gone, or silent for the time of a lease, are free again; a sign of life keeps them", () => {
    const both = claimParts(claimParts(helped(helped(begun(9), "a"), "b"), "a", 2, 1_000), "b", 2, 1_000);
    expect(sharedParts(endAssist(both, "a"))?.taken).toEqual([5, 6]);
    const later = 1_000 + TTL_MS;
    const oneAlive = dropExpired(extendAssist(both, "b", later - 1), later);
    expect(findAssist(oneAlive, "a")).toBeNull();
    expect(claimsOf(claimParts(oneAlive, "b", 4, later), "b")).toEqual(["p6", "p5", "p8", "p7"]);
  });
});

describe("a part", () => {
  test("that comes twice, from the lead and from an assistant, is made once and counted for the first", () => {
    const claimed = claimParts(helped(begun(5), "a"), "a", 1, 1_000);
    const made = noteMade(claimed, "lead", "p4");
    expect(noteMade(made, "a", "p4")).toBe(made);
    expect(claimsOf(made, "a")).toEqual([]);
    expect(sharedParts(made)).toBeNull();
    expect(findAssist(made, "a")?.made).toBe(0);
  });

  test("that is none is no news", () => {
    const fanOut = begun(3);
    expect(noteMade(fanOut, "lead", "cameras.tar")).toBe(fanOut);
  });
});

describe("an assist that is over", () => {
  const over = endAssist(helped(begun(9), "a"), "a");

  test("is not brought back by a late call for its lease", () => {
    expect(grantAssist(over, { leaseId: "a", runnerId: "runner-x", ttlMs: TTL_MS }, 2_000)).toBeNull();
    expect(extendAssist(over, "a", 2_000)).toEqual(over);
    expect(claimsOf(claimParts(over, "a", 3, 2_000), "a")).toEqual([]);
  });

  test("without a part made is its runner's last one; who made one may come again", () => {
    expect(grantAssist(over, { leaseId: "a2", runnerId: "runner-a", ttlMs: TTL_MS }, 2_000)).toBeNull();
    const useful = noteMade(claimParts(helped(begun(9), "a"), "a", 1, 1_000), "a", "p8");
    expect(
      grantAssist(endAssist(useful, "a"), { leaseId: "a2", runnerId: "runner-a", ttlMs: TTL_MS }, 2_000),
    ).not.toBeNull();
  });

  test("ended twice is ended once", () => {
    expect(endAssist(over, "a")).toBe(over);
  });
});

test("a lease that is asked for again is the same assist", () => {
  const fanOut = claimParts(helped(begun(9), "a"), "a", 2, 1_000);
  const again = helped(fanOut, "a", 2_000);
  expect(again.assists).toHaveLength(1);
  expect(claimsOf(again, "a")).toEqual(claimsOf(fanOut, "a"));
});

test("an announcement is the same by lease, stage, and names in their order", () => {
  const fanOut = begun(3);
  expect(isSameAnnouncement(fanOut, LEAD, request(3))).toBe(true);
  expect(isSameAnnouncement(fanOut, { ...LEAD, leaseId: "next" }, request(3))).toBe(false);
  expect(isSameAnnouncement(fanOut, LEAD, { ...request(3), stage: "mesh" })).toBe(false);
  expect(isSameAnnouncement(fanOut, LEAD, { ...request(3), names: ["p0", "p2", "p1"] })).toBe(false);
});

describe("the pool is told", () => {
  test("once that help is wanted, again with each assistant, and when it is wanted no more", () => {
    const first = helpNews(begun(3), begun(3), 1_000);
    expect(first.news).toEqual({ wanted: true, assistants: 0, ring: false });
    expect(helpNews(first.fanOut, first.fanOut, 2_000).news).toBeNull();
    const granted = helpNews(first.fanOut, helped(first.fanOut, "a"), 2_000);
    expect(granted.news).toEqual({ wanted: false, assistants: 1, ring: false });
    const gone = helpNews(granted.fanOut, endAssist(granted.fanOut, "a"), 3_000);
    expect(gone.news).toEqual({ wanted: true, assistants: 0, ring: false });
  });

  test("nothing of a stage that nobody can help with", () => {
    const fanOut = begun(2);
    expect(helpNews(fanOut, fanOut, 1_000).news).toBeNull();
  });

  test("again after a while, should it have lost what it knew", () => {
    const { fanOut } = helpNews(begun(9), begun(9), 1_000);
    expect(helpNews(fanOut, fanOut, 1_000 + POOL_CONFIRM_MS).news).toMatchObject({ wanted: true });
  });

  test("to ring for the lead when an assistant makes the last part or gives some back, and not otherwise", () => {
    const rings = (before: FanOut, after: FanOut) => helpNews(before, after, 2_000).news?.ring ?? false;
    const claimed = claimParts(helped(begun(3), "a"), "a", 1, 1_000);
    expect(rings(claimed, noteMade(claimed, "a", "p2"))).toBe(false);
    const waiting = noteMade(claimed, "lead", "p1");
    expect(rings(claimed, waiting)).toBe(false);
    expect(rings(waiting, noteMade(waiting, "a", "p2"))).toBe(true);
    expect(rings(waiting, endAssist(waiting, "a"))).toBe(true);
    expect(rings(waiting, noteMade(waiting, "lead", "p2"))).toBe(false);
  });
});

test("in 500 random orders of calls no part is claimed by two who live, none is lost, and the lead can always end", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  for (let round = 0; round < 500; round++) {
    const count = 1 + random(12);
    let fanOut = announceParts(LEAD, request(count, { atOnce: 1 + random(3) }), 0);
    let now = 0;
    for (let step = 0; step < 30; step++) {
      now += random(20_000);
      const id = `a${random(4)}`;
      const act = random(6);
      if (act === 0) fanOut = grantAssist(fanOut, { leaseId: id, runnerId: id, ttlMs: TTL_MS }, now) ?? fanOut;
      if (act === 1) fanOut = claimParts(fanOut, id, 1 + random(4), now);
      if (act === 2) fanOut = noteMade(fanOut, "lead", `p${random(count)}`);
      if (act === 3) fanOut = noteMade(fanOut, id, claimsOf(fanOut, id)[0] ?? "none");
      if (act === 4) fanOut = endAssist(fanOut, id);
      if (act === 5) fanOut = dropExpired(fanOut, now);
      fanOut = helpNews(fanOut, fanOut, now).fanOut;
      const claims = fanOut.assists.flatMap(({ claimed }) => claimed);
      expect(new Set(claims).size).toBe(claims.length);
      expect(fanOut.parts).toHaveLength(count);
      expect(new Set(fanOut.ended).size).toBe(fanOut.ended.length);
    }
    // Everybody else falls silent: what is left is the lead's.
    fanOut = dropExpired(fanOut, now + TTL_MS + 1);
    expect(sharedParts(fanOut)?.taken ?? []).toEqual([]);
    for (const { name } of fanOut.parts) fanOut = noteMade(fanOut, "lead", name);
    expect(fanOut.parts.every(({ by }) => by !== null)).toBe(true);
  }
});
