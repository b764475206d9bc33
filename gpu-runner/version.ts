/** The version of this runner, as `package.json` says. It goes to the registration and into every manifest. */
import { readFileSync } from "node:fs";

const packageJson = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export const RUNNER_VERSION = packageJson.version;
