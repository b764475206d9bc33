/** One line that is redrawn on a terminal, plain lines elsewhere. */
import { describe, expect, test } from "vitest";
import { cellsOf, cut, printable } from "../../../cli/display/cells.ts";
import { bar, ProgressLine, wantsColor } from "../../../cli/display/progress-line.ts";
import { Speed } from "../../../cli/display/speed.ts";

function output(isTTY: boolean, columns = 80) {
  let text = "";
  return {
    isTTY,
    columns,
    write: (more: string) => {
      text += more;
    },
    get text() {
      return text;
    },
  };
}

describe("the progress line", () => {
  test("is redrawn in place on a terminal, and taken away at the end", () => {
    const out = output(true);
    const line = new ProgressLine(out);
    line.update("Building", 0.5);
    line.update("Building", 1);
    line.clear();
    expect(out.text).not.toContain("\n");
    expect(out.text.split("\r\u001b[2K").slice(1)).toEqual([
      `${"█".repeat(12)}${"░".repeat(12)}  50 %  Building`,
      `${"█".repeat(24)} 100 %  Building`,
      "",
    ]);
  });

  test("never is longer than the terminal is wide", () => {
    const out = output(true, 60);
    new ProgressLine(out).update("A very long name of a file that somebody uploads.svg", 0.5);
    expect(out.text.replace("\r\u001b[2K", "").length).toBeLessThan(60);
    expect(out.text).toContain("…");
  });

  test("has more room for words than for the bar where it is narrow, and none for the detail", () => {
    const out = output(true, 40);
    new ProgressLine(out).update("Waiting for a runner", null, [], "1.0 MB/s");
    const drawn = out.text.replace("\r\u001b[2K", "");
    expect([drawn.length <= 39, drawn]).toEqual([true, expect.stringMatching(/░ {8}Waiting for a runner$/)]);
  });

  test("counts cells, not letters, and lets no name steer the terminal", () => {
    const out = output(true, 50);
    new ProgressLine(out).update(`Uploading ${"図".repeat(40)}\n\u001b[31m.png`, 0.5);
    const drawn = out.text.replace("\r\u001b[2K", "");
    expect(cellsOf(drawn)).toBeLessThan(50);
    expect(printable("a\n\u001b[31m\u202eb")).toBe("a??[31m?b");
    expect([cellsOf("é"), cellsOf("e\u0301"), cellsOf("ロゴ"), cellsOf("🔥"), cut("ロゴ図形", 6)]).toEqual([
      1,
      1,
      4,
      2,
      "ロゴ…",
    ]);
  });

  test("tells how fast a large transfer is and how long it will take, once that is known", () => {
    let now = 0;
    const speed = new Speed(() => now);
    expect(speed.words(400e6, 1e9)).toBe("400.0 MB of 1.0 GB");
    now = 10_000;
    expect(speed.words(500e6, 1e9)).toBe("500.0 MB of 1.0 GB, 10.0 MB/s, 50 s left");
    expect(new Speed().words(10, 1_000)).toBe("");
  });

  test("is one plain line per label where there is no terminal", () => {
    const out = output(false);
    const line = new ProgressLine(out, { color: true });
    line.update("Uploading", 0.1);
    line.update("Uploading", 0.9);
    line.update("Building", null);
    line.clear();
    expect(out.text).toBe("Uploading\nBuilding\n");
  });

  test("has a row above it for each of several files, and all are redrawn in place", () => {
    const out = output(true);
    const line = new ProgressLine(out);
    const row = (label: string) => ({ label, fraction: 0.5 });
    line.update("Uploading 2 files", 0.5, [row("a.png"), row("b.png")]);
    expect(out.text.split("\n").map((text) => text.split("  ").at(-1))).toEqual([
      "a.png",
      "b.png",
      "Uploading 2 files",
    ]);
    const before = out.text.length;
    line.update("Uploading 2 files", 1);
    const clear = "\r\u001b[2K";
    expect(out.text.slice(before).startsWith(`${clear}\u001b[1A${clear}\u001b[1A${clear}█`)).toBe(true);
  });

  test("has no more rows than the terminal has lines for", () => {
    const out = { ...output(true), rows: 5 };
    let text = "";
    out.write = (more: string) => {
      text += more;
    };
    const rows = Array.from({ length: 9 }, (_, i) => ({ label: `${i}.png`, fraction: null }));
    new ProgressLine(out).update("Uploading", 0, rows);
    expect(text.split("\n")).toHaveLength(4);
  });

  test("a fraction outside 0 to 1 does not break the bar", () => {
    expect(bar(-1)).toBe("░".repeat(24));
    expect(bar(7)).toBe("█".repeat(24));
  });
});

test("colours are off without a terminal, with NO_COLOR and on a dumb terminal", () => {
  expect(wantsColor(output(true), {})).toBe(true);
  expect(wantsColor(output(false), {})).toBe(false);
  expect(wantsColor(output(true), { NO_COLOR: "1" })).toBe(false);
  expect(wantsColor(output(true), { TERM: "dumb" })).toBe(false);
});
