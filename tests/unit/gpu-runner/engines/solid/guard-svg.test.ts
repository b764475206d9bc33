/** Hostile, broken and empty SVGs are refused before a renderer sees them: fast, with a code and a sentence. */
import { describe, expect, test } from "vitest";
import { guardSvg } from "../../../../../gpu-runner/engines/solid/svg/guard-svg.ts";
import { readSvg } from "../../../../../gpu-runner/engines/solid/svg/read-svg.ts";
import { JobFailure } from "../../../../../gpu-runner/process/job-failure.ts";
import { svg } from "./drawing-facts.ts";

function refusal(bytes: Buffer): JobFailure {
  const startedAt = performance.now();
  try {
    readSvg(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(JobFailure);
    expect((error as JobFailure).retryable).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    return error as JobFailure;
  }
  throw new Error("the SVG was accepted");
}

const refuses = (bytes: Buffer, code: string, message: RegExp) => {
  const failure = refusal(bytes);
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
};

describe("broken", () => {
  test("an empty file", () => refuses(Buffer.alloc(0), "input_empty", /empty/));
  test("a truncated SVG", () => refuses(svg('<path d="M0 0H9V9Z"/>').subarray(0, 120), "input_invalid", /truncated/));
  test("not XML at all", () => refuses(Buffer.from("hello"), "input_invalid", /well-formed/));
  test("XML that is not an SVG", () => refuses(Buffer.from("<html/>"), "input_invalid", /not an SVG/));
  test("bytes that are not text", () => refuses(Buffer.from([0x3c, 0x73, 0xff, 0xc0]), "input_invalid", /UTF-8/));
});

describe("hostile", () => {
  test("entities in a DOCTYPE", () => {
    const bomb = Buffer.from(
      '<!DOCTYPE svg [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg"><desc>&b;</desc></svg>',
    );
    refuses(bomb, "input_invalid", /DOCTYPE/);
  });

  test("a DOCTYPE that names an outside file", () => {
    refuses(
      Buffer.from('<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg xmlns="http://www.w3.org/2000/svg"/>'),
      "input_invalid",
      /DOCTYPE/,
    );
  });

  test("the W3C's own DOCTYPE is harmless and accepted", () => {
    const doctype =
      '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">';
    expect(readSvg(Buffer.concat([Buffer.from(doctype), svg('<rect width="50" height="50"/>')])).shapes).toHaveLength(
      1,
    );
  });

  test("a bomb of <use>: ten levels of ten", () => {
    const levels = Array.from(
      { length: 10 },
      (_, i) => `<g id="l${i + 1}">${`<use href="#l${i}"/>`.repeat(10)}</g>`,
    ).join("");
    refuses(
      svg(`<defs><rect id="l0" width="1" height="1"/>${levels}</defs><use href="#l10"/>`),
      "input_too_large",
      /5000 elements/,
    );
  });

  test("a <use> that holds itself", () =>
    refuses(
      svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
      "input_invalid",
      /refers to an element that holds it/,
    ));

  test("a marker at each of many vertices", () => {
    const marker = `<marker id="m">${'<rect width="1" height="1"/>'.repeat(50)}</marker>`;
    const path = `<path marker-mid="url(#m)" d="M0 0${"L1 1".repeat(1_000)}"/>`;
    refuses(svg(`<defs>${marker}</defs>${path}`), "input_too_large", /elements/);
    refuses(
      svg(`<style>path{marker:url(#m)}</style><defs>${marker}</defs><path d="M0 0${"L1 1".repeat(1_000)}"/>`),
      "input_too_large",
      /elements/,
    );
  });

  test("deep nesting", () => refuses(svg("<g>".repeat(70) + "</g>".repeat(70)), "input_too_large", /64 levels/));
  test("too many elements", () =>
    refuses(svg('<rect width="1" height="1"/>'.repeat(5_001)), "input_too_large", /5000 elements/));
  test("too many path commands", () =>
    refuses(svg(`<path d="M0 0${"h1".repeat(200_001)}"/>`), "input_too_large", /path commands/));
  test("path commands hidden behind <use>", () => {
    refuses(
      svg(`<path id="a" d="M0 0${"h1".repeat(60_000)}"/><use href="#a"/><use href="#a"/><use href="#a"/>`),
      "input_too_large",
      /path commands/,
    );
  });
  test("more bytes than allowed", () => refuses(svg(`<!--${"x".repeat(2_200_000)}-->`), "input_too_large", /2 MB/));

  test("pictures and scripts never reach the renderer", () => {
    const { svg: text, warnings } = guardSvg(
      svg(
        '<image href="/etc/passwd" width="9" height="9"><title>x</title></image><script>alert(1)</script><rect width="9" height="9"/>',
      ),
    );
    expect(text).not.toMatch(/passwd|script|title/);
    expect(text).toContain("<rect");
    expect(warnings).toHaveLength(1);
  });
});

describe("nothing to draw", () => {
  test("an SVG without shapes", () => refuses(svg(""), "nothing_to_draw", /shows nothing/));
  test("only invisible shapes", () =>
    refuses(
      svg('<rect width="9" height="9" opacity="0"/><path d="M0 0L9 9" fill="none"/>'),
      "nothing_to_draw",
      /shows nothing/,
    ));
  test("shapes outside the view box", () =>
    refuses(svg('<rect x="500" width="9" height="9"/>'), "nothing_to_draw", /view box/));
  test("only an embedded picture", () =>
    refuses(
      svg('<image href="data:image/png;base64,AAAA" width="9" height="9"/>'),
      "nothing_to_draw",
      /as PNG or JPG/,
    ));
  test("text says how to make outlines of it", () =>
    refuses(svg('<text x="10" y="50">Hi</text>'), "input_invalid", /outlines/));
  test("an empty text element is no reason to refuse", () => {
    expect(readSvg(svg('<text> </text><rect width="9" height="9"/>')).shapes).toHaveLength(1);
  });
});
