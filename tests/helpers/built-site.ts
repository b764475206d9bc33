/** Builds the site before the end-to-end tests begin: their files run side by side, and each starts a stack that serves it. */
import { buildSite } from "../../scripts/stack/site-build.ts";

export default function setup(): Promise<void> {
  return buildSite((line) => process.stderr.write(`${line}\n`));
}
