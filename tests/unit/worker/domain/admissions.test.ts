import { expect, it } from "vitest";
import { ADMISSION_MS, type Admission, admit, dismiss, MAX_ADMISSIONS } from "../../../../worker/domain/admissions.ts";

const NOW = 1_800_000_000_000;

/** Lets these in, one each millisecond; each by a request of its own. */
function admitted(...ids: readonly string[]): readonly Admission[] {
  let all: readonly Admission[] = [];
  for (const [n, id] of ids.entries()) all = admit(all, { id, jobs: 1, by: `call-${n}` }, NOW + n).admissions;
  return all;
}

const idsOf = (admissions: readonly Admission[]) => admissions.map(([id]) => id);

it("tells each who came before it, however often it asks", () => {
  const all = admitted("a", "b", "c");
  const again = admit(all, { id: "b", jobs: 1, by: "call-1" }, NOW + 9);
  expect(idsOf(again.before)).toEqual(["a"]);
  expect(again.admissions).toEqual(all);
  expect(idsOf(admit(all, { id: "d", jobs: 3, by: "x" }, NOW + 9).before)).toEqual(["a", "b", "c"]);
});

it("forgets what is a minute old, and the oldest of very many", () => {
  const later = admit(admitted("a", "b"), { id: "c", jobs: 1, by: "x" }, NOW + ADMISSION_MS);
  expect(idsOf(later.before)).toEqual(["b"]);
  const many = admitted(...Array.from({ length: MAX_ADMISSIONS + 5 }, (_, n) => `job-${n}`));
  expect(many).toHaveLength(MAX_ADMISSIONS);
  expect(many[0]?.[0]).toBe("job-5");
});

it("dismisses what was refused, but not what another request has come for", () => {
  expect(idsOf(dismiss(admitted("a", "b"), "a", "call-0"))).toEqual(["b"]);
  expect(idsOf(dismiss(admitted("a", "b"), "a", "call-1"))).toEqual(["a", "b"]);
  const joined = admit(admitted("a"), { id: "a", jobs: 1, by: "other" }, NOW).admissions;
  for (const by of ["call-0", "other"]) expect(idsOf(dismiss(joined, "a", by))).toEqual(["a"]);
});
