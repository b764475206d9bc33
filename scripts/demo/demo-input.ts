/** Which logo the demo takes: the user's own file, or one of the CC0 logos of the npm package `simple-icons`. */
import { stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { JobTypeInfo } from "#contract/public-api.ts";

export interface DemoInput {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** simple-icons has the shapes in black; the colour is the one its data names for the brand. */
const DEFAULT_LOGO = {
  path: join(import.meta.dirname, "../../node_modules/simple-icons/icons/blender.svg"),
  color: "#e87d0d",
};
/** A model of one's own logo shows more with a soft edge. */
const DEMO_PARAMS = { depthMm: 6, bevelMm: 0.8 };

/** Thrown when the arguments can't be used; the message says what can. */
export class DemoInputError extends Error {}

/**
 * Reads the demo's arguments.
 * @param cwd what relative paths start from
 */
export async function readDemoInput(args: readonly string[], cwd: string, type: JobTypeInfo): Promise<DemoInput> {
  const [given, ...more] = args;
  if (given === undefined) return { path: DEFAULT_LOGO.path, params: { ...DEMO_PARAMS, color: DEFAULT_LOGO.color } };
  if (more.length > 0 || given.startsWith("-")) {
    throw new DemoInputError(
      "The demo takes one file at most: npm run demo -- my-logo.svg. For more, see npm run kiln -- --help.",
    );
  }
  const path = resolve(cwd, given);
  const info = await stat(path).catch(() => null);
  if (!info) throw new DemoInputError(`${path}: there is no such file, or it can't be read.`);
  if (!info.isFile()) throw new DemoInputError(`${path} is not a file.`);
  if (info.size === 0) throw new DemoInputError(`${path} is empty.`);
  if (info.size > type.inputs.maxBytes) {
    throw new DemoInputError(`${path} has ${info.size} bytes; a logo may have up to ${type.inputs.maxBytes}.`);
  }
  if (!type.inputs.extensions.includes(extname(path).toLowerCase())) {
    throw new DemoInputError(`${path} is not a logo by its name: it must end in ${type.inputs.extensions.join(", ")}.`);
  }
  return { path, params: DEMO_PARAMS };
}
