/** What axe-core finds on a page: contrast, names, roles, order of headings, sizes of targets. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const SOURCE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** The rules of WCAG 2.2 AA, and what axe's authors think good besides. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** One line for each rule that is broken in a serious or critical way, with the elements. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Evaluated and not added as a script, which the page's security policy would not let in.
  await page.evaluate(await readFile(SOURCE, "utf8"));
  const { violations } = await page.evaluate(
    (options: RunOptions) => {
      const { axe } = window as unknown as {
        axe: { run(context: Document, options: RunOptions): Promise<AxeResults> };
      };
      return axe.run(document, options);
    },
    { runOnly: TAGS },
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
