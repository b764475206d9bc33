/** Signed URLs: what they cover, and how keys are rotated. */
import { describe, expect, it } from "vitest";
import type { SigningKey } from "../../../../worker/domain/message-signature.ts";
import { signUrl, verifyUrl } from "../../../../worker/domain/signed-url.ts";

const key = (kid: string, fill: number): SigningKey => ({ kid, secret: new Uint8Array(32).fill(fill) });
const NEW = key("new", 1);
const OLD = key("old", 2);
const EXP_S = 2_000;
const NOW_MS = 1_000_000;
const PLAIN = new URL("https://kiln.test/files/uploads/upl_x?part=1&bytes=5");

describe("a signed URL", () => {
  it("is good for its method until it expires", async () => {
    const url = new URL(await signUrl(PLAIN, "PUT", EXP_S, NEW));
    expect(await verifyUrl(url, "PUT", [NEW], NOW_MS)).toEqual({ ok: true });
    expect(await verifyUrl(url, "GET", [NEW], NOW_MS)).toEqual({ ok: false, reason: "wrong" });
    expect(await verifyUrl(url, "PUT", [NEW], EXP_S * 1000)).toEqual({ ok: false, reason: "expired" });
  });

  it("of the older key is good as long as that key is live", async () => {
    const url = new URL(await signUrl(PLAIN, "GET", EXP_S, OLD));
    expect(await verifyUrl(url, "GET", [NEW, OLD], NOW_MS)).toEqual({ ok: true });
    expect(await verifyUrl(url, "GET", [NEW], NOW_MS)).toEqual({ ok: false, reason: "malformed" });
  });

  it("does not depend on the order of its parameters", async () => {
    const url = new URL(await signUrl(PLAIN, "GET", EXP_S, NEW));
    const turned = new URL(url.origin + url.pathname);
    for (const [name, value] of [...url.searchParams].reverse()) turned.searchParams.set(name, value);
    expect(await verifyUrl(turned, "GET", [NEW], NOW_MS)).toEqual({ ok: true });
  });

  it("can't be changed, nor have its parameters moved into each other", async () => {
    const url = await signUrl(PLAIN, "PUT", EXP_S, NEW);
    const changes = [
      (u: URL) => u.searchParams.set("part", "2"),
      (u: URL) => u.searchParams.set("bytes", "50"),
      (u: URL) => u.searchParams.append("part", "1"),
      (u: URL) => u.searchParams.set("part", "1&bytes=5"),
      (u: URL) => u.searchParams.delete("bytes"),
      (u: URL) => u.searchParams.set("exp", "9999"),
      (u: URL) => u.searchParams.set("sig", ""),
      (u: URL) => u.searchParams.set("sig", "A".repeat(43)),
      (u: URL) => {
        u.pathname = "/files/uploads/upl_y";
      },
      (u: URL) => {
        u.port = "81";
      },
    ];
    for (const change of changes) {
      const copy = new URL(url);
      change(copy);
      expect((await verifyUrl(copy, "PUT", [NEW, OLD], NOW_MS)).ok, copy.href).toBe(false);
    }
  });
});
