/** The operator's commands: their options, what the audit shows, and how a deployed Worker's objects are found. */
import { describe, expect, test } from "vitest";
import type { StorageAuditPage } from "#contract/admin-api.ts";
import { ORPHAN_MIN_AGE_MS } from "#contract/limits.ts";
import { readOperatorOptions } from "../../../../scripts/operator/operator-options.ts";
import { platformObjects } from "../../../../scripts/operator/platform-objects.ts";
import { auditStorage, isClean, showAudit } from "../../../../scripts/operator/storage-audit.ts";

const NONE = { keys: 0, bytes: 0 };
const CLEAN: StorageAuditPage = {
  kinds: { upload: { keys: 1, bytes: 1_500 }, artifact: NONE, checkpoint: NONE, other: NONE },
  orphans: [],
  jobs: 2,
  namedFiles: 1,
  missing: [],
  cursor: null,
};
const NOW = Date.UTC(2026, 0, 2);

describe("options", () => {
  test("name the local stack's state, relative to where the user is, or a server", () => {
    expect(readOperatorOptions(["--state", "s"], { cwd: "/home/u" })).toEqual({
      url: null,
      stateDir: "/home/u/s",
      fix: false,
    });
    expect(readOperatorOptions(["--url", "https://kiln.example", "--fix"], { takesFix: true })).toMatchObject({
      url: "https://kiln.example",
      fix: true,
    });
    expect(readOperatorOptions(["-h"])).toEqual({ help: true });
  });

  test("that make no sense are refused with a sentence", () => {
    for (const [args, wanted] of [
      [["--url", "kiln.example"], /is not the address of a server/],
      [["--url", "https://a", "--state", "b"], /--url or --state/],
      [["--fix"], /--fix/],
      [["--all"], /--all/],
      [["now"], /now/],
    ] as const) {
      expect(readOperatorOptions(args)).toEqual({ error: expect.stringMatching(wanted) });
    }
  });
});

describe("the audit's report", () => {
  test("adds its pages up", async () => {
    const pages = [{ ...CLEAN, cursor: "files:a" }, CLEAN];
    const asked: (string | null)[] = [];
    const auditPage = async (cursor: string | null) => {
      asked.push(cursor);
      return pages[asked.length - 1] as StorageAuditPage;
    };
    const audit = await auditStorage({ auditPage });
    expect(asked).toEqual([null, "files:a"]);
    expect(audit).toMatchObject({ kinds: { upload: { keys: 2, bytes: 3_000 } }, jobs: 4, namedFiles: 2 });
    expect(isClean(audit)).toBe(true);
    expect(showAudit(audit, NOW)).toMatch(/^upload +2 +3\.0 kB$/m);
  });

  test("names what is wrong, and which orphans are too young to be deleted", () => {
    const orphan = (key: string, ageMs: number) => ({ key, bytes: 5, uploadedAt: NOW - ageMs });
    const orphans = [orphan("old", ORPHAN_MIN_AGE_MS), orphan("young", ORPHAN_MIN_AGE_MS - 1)];
    const missing = [{ jobId: "job_1", key: "uploads/1" }];
    expect(isClean({ ...CLEAN, orphans })).toBe(false);
    expect(isClean({ ...CLEAN, missing })).toBe(false);
    const shown = showAudit({ ...CLEAN, orphans, missing }, NOW);
    expect(shown).toMatch(/^ {2}old +5 B +2026-01-01T23:00:00.000Z$/m);
    expect(shown).toMatch(/^ {2}young .*younger than an hour/m);
    expect(shown).toMatch(/^ {2}uploads\/1 +named by job_1$/m);
  });
});

describe("a deployed Worker's job objects", () => {
  const account = { accountId: "acc", token: "secret", script: "kiln" };
  const namespaces = {
    result: [
      { id: "n0", class: "JobObject", script: "other" },
      { id: "n1", class: "PoolObject", script: "kiln" },
      { id: "n2", class: "JobObject", script: "kiln" },
    ],
    result_info: { total_pages: 1 },
  };

  test("are listed page by page; those that store nothing are left out", async () => {
    const asked: string[] = [];
    const fetchUrl = (async (url: string, init: RequestInit) => {
      expect(new Headers(init.headers).get("Authorization")).toBe("Bearer secret");
      const { pathname, searchParams } = new URL(url);
      asked.push(pathname.replace("/client/v4/accounts/acc/workers/durable_objects/namespaces", ""));
      if (!pathname.endsWith("/objects")) return Response.json(namespaces);
      return searchParams.get("cursor") === null
        ? Response.json({ result: [{ id: "a", hasStoredData: true }], result_info: { cursors: { after: "next" } } })
        : Response.json({ result: [{ id: "b", hasStoredData: false }, { id: "c" }], result_info: { cursor: "" } });
    }) as typeof fetch;
    expect(await platformObjects(account, "JobObject", fetchUrl)).toEqual(["a", "c"]);
    expect(asked).toEqual(["", "/n2/objects", "/n2/objects"]);
  });

  test("are not guessed when the Worker is not there, or the token is refused", async () => {
    const answer = (response: Response) => (async () => response) as unknown as typeof fetch;
    const other = { ...account, script: "nobody" };
    await expect(platformObjects(other, "JobObject", answer(Response.json(namespaces)))).rejects.toThrow(
      /no Worker "nobody"/,
    );
    await expect(platformObjects(account, "JobObject", answer(new Response("", { status: 403 })))).rejects.toThrow(
      /answered 403/,
    );
  });
});
