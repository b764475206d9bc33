/** What a file is by its first bytes: here the containers whose brands tell a picture from a video. */
import { describe, expect, it } from "vitest";
import { readSignature } from "#contract/file-signature.ts";

/** The first box of an ISO media file: size, `ftyp`, major brand, version, compatible brands. */
function ftyp(major: string, ...compatible: string[]): Uint8Array {
  const text = `ftyp${major}\0\0\0\0${compatible.join("")}`;
  const box = Buffer.concat([
    Buffer.alloc(4),
    Buffer.from(text, "latin1"),
    Buffer.from("\0\0\0\x08metaavif", "latin1"),
  ]);
  box.writeUInt32BE(text.length + 4);
  return new Uint8Array(box);
}

describe("the signature of ISO media files", () => {
  it.each(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"])("takes %s for HEIC", (brand) => {
    expect(readSignature(ftyp(brand, "mif1"))?.type).toBe("image/heic");
  });

  it.each([
    ["mif1", ["mif1", "heic"], "image/heic"],
    ["mif1", ["avif", "heic"], "image/heic"],
    ["mif1", ["mif1", "avif", "miaf"], "image/avif"],
    ["mif1", [], "image/heic"],
    ["msf1", ["hevc"], "image/heic"],
    ["msf1", ["avis"], "image/avif"],
    ["avif", ["mif1"], "image/avif"],
    ["qt  ", [], "video/quicktime"],
    ["isom", ["avc1"], "video/mp4"],
  ])("takes the brand %s with %j for %s", (major, compatible, type) => {
    expect(readSignature(ftyp(major, ...compatible))?.type).toBe(type);
  });

  it("tells by what there is when a file ends in its first box", () => {
    expect(readSignature(ftyp("mif1", "avif").subarray(0, 14))?.type).toBe("image/heic");
  });
});
