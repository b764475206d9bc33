/** Uploads whose sender chooses the parts: whatever comes in, what is taken can be joined, and a well-made file always is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_UPLOAD_PARTS, MIN_PART_BYTES, UPLOAD_PART_BYTES } from "#contract/limits.ts";
import { refuseOpenPart } from "../../../../worker/domain/upload-parts.ts";
import { planUpload } from "../../../../worker/domain/upload-plan.ts";
import {
  completeUpload,
  createOpenUpload,
  hasAllParts,
  notePart,
  refuseNamedParts,
  type UploadRecord,
} from "../../../../worker/domain/upload-record.ts";

const GB = 1e9;
const MAX_BYTES = 100 * GB;

const begun = (announcedBytes: number | null, maxBytes = MAX_BYTES): UploadRecord =>
  createOpenUpload(
    { filename: "a", contentType: "a/b", sha256: null },
    { id: "upl_x", owner: "anon", multipartId: "m" },
    { maxBytes, announcedBytes },
    0,
  );

const part = (partNumber: number, bytes: number) => ({ partNumber, bytes, etag: `e${partNumber}` });

/** Each part taken or not, in this order. */
function takeAll(record: UploadRecord, parts: readonly { partNumber: number; bytes: number }[]) {
  let refusals = 0;
  let now = record;
  for (const { partNumber, bytes } of parts) {
    const noted = notePart(now, part(partNumber, bytes));
    if (noted.ok) now = noted.record;
    else refusals += 1;
  }
  return { record: now, refusals };
}

describe("an upload whose sender chooses the parts", () => {
  it("takes every file that is cut into equal parts, in any order, each as often as it is sent", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: MIN_PART_BYTES, max: 3 * MIN_PART_BYTES }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 * MIN_PART_BYTES }),
        fc.array(fc.nat(39)),
        fc.integer(),
        (full, count, tail, again, seed) => {
          const last = Math.min(tail, full);
          const parts = Array.from({ length: count }, (_, i) => ({
            partNumber: i + 1,
            bytes: i + 1 < count ? full : last,
          }));
          const sent = [...parts, ...again.flatMap((i) => parts[i] ?? [])].sort(
            (a, b) => ((a.partNumber * 7919 + seed) % 13) - ((b.partNumber * 7919 + seed) % 13),
          );
          const total = (count - 1) * full + last;
          const { record, refusals } = takeAll(begun(total), sent);
          expect([refusals, hasAllParts(record), record.bytes, record.plan.partCount]).toEqual([0, true, total, count]);
          expect(completeUpload(record, null)).toMatchObject({ ok: true, record: { state: "complete", bytes: total } });
        },
      ),
    );
  });

  it("never takes parts that R2 could not join, nor more bytes than may be", () => {
    const size = fc.constantFrom(1, 100, MIN_PART_BYTES - 1, MIN_PART_BYTES, MIN_PART_BYTES + 1, 2 * MIN_PART_BYTES);
    const sent = fc.array(fc.record({ partNumber: fc.integer({ min: -1, max: 5 }), bytes: size }), { maxLength: 12 });
    fc.assert(
      fc.property(sent, fc.integer({ min: 1, max: 6 * MIN_PART_BYTES }), (parts, maxBytes) => {
        const { record } = takeAll(begun(null, maxBytes), parts);
        expect(record.bytes).toBeLessThanOrEqual(maxBytes);
        if (!hasAllParts(record)) return;
        const sizes = record.parts.map(({ bytes }) => bytes);
        const inner = sizes.slice(0, -1);
        expect(record.parts.map(({ partNumber }) => partNumber)).toEqual(sizes.map((_, i) => i + 1));
        expect(inner.every((bytes) => bytes === inner[0] && bytes >= MIN_PART_BYTES)).toBe(true);
        if (inner.length > 0) expect(sizes.at(-1)).toBeLessThanOrEqual(inner[0] as number);
      }),
    );
  });

  it("is complete only with as many bytes as were announced", () => {
    const one = takeAll(begun(MIN_PART_BYTES + 1), [{ partNumber: 1, bytes: MIN_PART_BYTES }]).record;
    expect(hasAllParts(one)).toBe(false);
    expect(completeUpload(one, null)).toEqual({ ok: false, reason: "upload_incomplete" });
    expect(refuseOpenPart({ maxBytes: 9, announcedBytes: 4 }, [], { partNumber: 1, bytes: 5 })?.reason).toBe(
      "too_large",
    );
  });

  it("may have 10,000 parts and no more", () => {
    const open = { maxBytes: MAX_BYTES, announcedBytes: null };
    expect(refuseOpenPart(open, [], { partNumber: MAX_UPLOAD_PARTS, bytes: 1 })).toBeNull();
    expect(refuseOpenPart(open, [], { partNumber: MAX_UPLOAD_PARTS + 1, bytes: 1 })?.reason).toBe("part_unfit");
  });

  it("is joined of the parts that are named: all of them, in order, as they came in", () => {
    const { record } = takeAll(begun(null), [
      { partNumber: 1, bytes: MIN_PART_BYTES },
      { partNumber: 2, bytes: 3 },
    ]);
    const named = record.parts.map(({ partNumber, etag }) => ({ partNumber, etag }));
    expect(refuseNamedParts(record, named)).toBeNull();
    expect(refuseNamedParts(record, named.slice(0, 1))?.reason).toBe("part_mismatch");
    expect(refuseNamedParts(record, [...named].reverse())?.reason).toBe("part_mismatch");
    expect(refuseNamedParts(record, [...named, { partNumber: 3, etag: "e3" }])?.reason).toBe("upload_incomplete");
  });
});

describe("the plan of an upload", () => {
  it.each([
    [5 * GB, UPLOAD_PART_BYTES, 597],
    [UPLOAD_PART_BYTES * MAX_UPLOAD_PARTS, UPLOAD_PART_BYTES, MAX_UPLOAD_PARTS],
    [UPLOAD_PART_BYTES * MAX_UPLOAD_PARTS + 1, 9 * 1024 * 1024, 8_889],
    [5_000 * GB, 477 * 1024 * 1024, 9_997],
  ])("of %d bytes has parts of %d bytes: %d of them", (bytes, partBytes, partCount) => {
    expect(planUpload(bytes)).toEqual({ mode: "multipart", partBytes, partCount });
    expect(partBytes * partCount).toBeGreaterThanOrEqual(bytes);
  });
});
