/** The small pure parts: ids, backoff, upload plan, ranges, cursors, file names. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jobIdSchema } from "#contract/job.ts";
import { RETRY_MAX_MS, UPLOAD_PART_BYTES } from "#contract/limits.ts";
import { parseRange } from "../../../../worker/domain/byte-range.ts";
import { makeId, toBase32, toHex } from "../../../../worker/domain/identifiers.ts";
import { retryDelayMs } from "../../../../worker/domain/retry-backoff.ts";
import { partSize, planUpload } from "../../../../worker/domain/upload-plan.ts";
import { contentDisposition } from "../../../../worker/routes/content-disposition.ts";
import { decodeCursor, encodeCursor } from "../../../../worker/routes/list-cursor.ts";

describe("ids", () => {
  it("are base 32 of the bytes, most significant first", () => {
    expect(toBase32(new Uint8Array([0xff]))).toBe("zw");
    expect(toBase32(new Uint8Array(5).fill(0))).toBe("00000000");
    expect(toBase32(new Uint8Array([0x08, 0x42, 0x10, 0x84, 0x21]))).toBe("11111111");
    expect(toHex(new Uint8Array([0, 15, 255]))).toBe("000fff");
  });

  it("are valid job ids and differ whenever the bytes do", () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(jobIdSchema.safeParse(makeId("job", a)).success).toBe(true);
        expect(makeId("job", a) === makeId("job", b)).toBe(toHex(a) === toHex(b));
      }),
    );
  });
});

describe("the retry delay", () => {
  it("doubles from 10 s up to 10 min, ±20 %", () => {
    expect([1, 2, 3, 7, 1_000].map((n) => retryDelayMs(n, 0.5))).toEqual([10_000, 20_000, 40_000, 600_000, 600_000]);
    expect(retryDelayMs(1, 0)).toBe(8_000);
    expect(retryDelayMs(9, 0.999_999)).toBeLessThanOrEqual(RETRY_MAX_MS * 1.2);
  });
});

describe("the upload plan", () => {
  it("is one PUT up to 8 MiB and equal parts above", () => {
    expect(planUpload(UPLOAD_PART_BYTES)).toMatchObject({ mode: "single", partCount: 1 });
    expect(planUpload(UPLOAD_PART_BYTES + 1)).toMatchObject({ mode: "multipart", partCount: 2 });
    expect(planUpload(100_000_000)).toMatchObject({ partCount: 12 });
  });

  it("covers every byte once, all parts but the last equal", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000_000 }), (bytes) => {
        const plan = planUpload(bytes);
        const sizes = [1, plan.partCount - 1, plan.partCount].map((n) => partSize(plan, bytes, n));
        const last = sizes[2] ?? 0;
        expect((plan.partCount - 1) * plan.partBytes + last).toBe(bytes);
        expect(last).toBeGreaterThan(0);
        if (plan.partCount > 1) expect(sizes.slice(0, 2)).toEqual([plan.partBytes, plan.partBytes]);
        expect([0, -1, 1.5, plan.partCount + 1].map((n) => partSize(plan, bytes, n))).toEqual([null, null, null, null]);
      }),
    );
  });
});

describe("a Range header", () => {
  it.each([
    [null, { kind: "whole" }],
    ["bytes=0-0", { kind: "part", offset: 0, length: 1 }],
    ["bytes=2-", { kind: "part", offset: 2, length: 8 }],
    ["bytes=-4", { kind: "part", offset: 6, length: 4 }],
    ["bytes=-99", { kind: "part", offset: 0, length: 10 }],
    ["bytes=3-99", { kind: "part", offset: 3, length: 7 }],
    ["bytes=10-", { kind: "unsatisfiable" }],
    ["bytes=-0", { kind: "unsatisfiable" }],
    ["bytes=5-4", { kind: "whole" }],
    ["bytes=-", { kind: "whole" }],
    ["bytes=1-2,4-5", { kind: "whole" }],
    ["lines=1-2", { kind: "whole" }],
    ["bytes=a-b", { kind: "whole" }],
  ])("%s of a file of 10 bytes is understood as RFC 9110 says", (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it("never asks for bytes outside the file", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^bytes=\d{0,6}-\d{0,6}$/), fc.nat(1_000), (header, size) => {
        const range = parseRange(header, size);
        if (range.kind !== "part") return;
        expect(range.length).toBeGreaterThan(0);
        expect(range.offset + range.length).toBeLessThanOrEqual(size);
      }),
    );
  });
});

describe("a list cursor", () => {
  it("comes back as the place it was made from, and nonsense is refused", () => {
    const place = { createdAt: 1_700_000_000_000, id: makeId("job", new Uint8Array(16)) };
    expect(decodeCursor(encodeCursor(place))).toEqual(place);
    for (const nonsense of ["", "x", "%", "bm9uc2Vuc2U", encodeCursor({ createdAt: -1, id: "y" })]) {
      expect(decodeCursor(nonsense)).toBeNull();
    }
  });
});

describe("the name of a download", () => {
  it.each([
    ["logo-model.glb", 'attachment; filename="logo-model.glb"'],
    ["größe.glb", "attachment; filename=\"gr__e.glb\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.glb"],
    ['a"b.glb', "attachment; filename=\"a_b.glb\"; filename*=UTF-8''a%22b.glb"],
    ["../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'],
    ["a\r\nSet-Cookie: x", 'attachment; filename="a__Set-Cookie: x"'],
    ["", 'attachment; filename="file"'],
  ])("%j can't break out of its header", (name, expected) => {
    expect(contentDisposition("attachment", name)).toBe(expected);
  });
});
