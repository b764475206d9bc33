/** The kind of a logo is told by its bytes, never by its name. */
import { expect, test } from "vitest";
import { sniffLogo } from "../../../../../gpu-runner/jobs/logo-to-3d/sniff.ts";

test.each([
  ['<svg xmlns="http://www.w3.org/2000/svg"/>', "read-svg"],
  ['\ufeff  <?xml version="1.0"?><!-- x --><svg/>', "read-svg"],
  ["<!DOCTYPE svg PUBLIC><svg/>", "read-svg"],
  ['<ns:svg xmlns:ns="http://www.w3.org/2000/svg"/>', "read-svg"],
])("%s is an SVG", (text, kind) => {
  expect(sniffLogo(Buffer.from(text), "x.png")).toBe(kind);
});

test("PNG and JPG are pictures, whatever they are called", () => {
  expect(sniffLogo(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]), "logo.svg")).toBe("read-bitmap");
  expect(sniffLogo(Buffer.from([0xff, 0xd8, 0xff, 0xe0]), "logo.svg")).toBe("read-bitmap");
});

test.each([["hello"], ["GIF89a"], ["<!DOCTYPE html><html>"], ["%PDF-1.7"], ["<html>"]])(
  "%s is refused with what to do",
  (text) => {
    expect(() => sniffLogo(Buffer.from(text), "x.svg")).toThrow(
      expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("SVG, PNG or JPG") }),
    );
  },
);

test("a compressed SVG says how to unpack it", () => {
  expect(() => sniffLogo(Buffer.from([0x1f, 0x8b, 8]), "x.svgz")).toThrow(/Unpack/);
});
