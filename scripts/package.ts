/** `npm run package`: the `kiln` package as it would be published, as a tarball in dist/. Publishes nothing. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { formatBytes } from "../cli/display/bytes.ts";
import { packPackage } from "./package/build-package.ts";

const root = join(import.meta.dirname, "..");
const tarball = await packPackage(join(root, "dist/package"), join(root, "dist"));
console.log(`${tarball}  ${formatBytes((await stat(tarball)).size)}`);
