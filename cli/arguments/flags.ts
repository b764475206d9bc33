/** The flags of a command, declared: reading them, help and completion all come from the declaration. */
import { UsageError } from "../exit-codes.ts";
import { splitCommandLine } from "./command-line.ts";
import { nearest } from "./nearest.ts";
import { type Flag, unknownFlag } from "./param-flags.ts";

export interface FlagSpec {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What its value is called in help, e.g. `DIR`. Without it the flag stands alone. */
  readonly value?: string;
  readonly summary: string;
  /** The values it takes, where there are few. */
  readonly choices?: readonly string[];
  /** For completion: the value is a path. */
  readonly path?: "file" | "folder";
  /** For completion: several values, with commas between them. */
  readonly list?: boolean;
  /** For completion: the value is an id of the caller's own. */
  readonly ids?: "job" | "batch";
  /** May be given several times. */
  readonly repeats?: boolean;
}

export const OUT_FLAG: FlagSpec = {
  name: "out",
  short: "o",
  value: "DIR",
  summary: "where files are written (default: out)",
  path: "folder",
};
export const JSON_FLAG: FlagSpec = {
  name: "json",
  summary: "JSON on standard output, an object a line, and nothing else",
};
/** Flags of every command that talks to a server. */
export const SERVER_FLAGS: readonly FlagSpec[] = [
  {
    name: "api",
    value: "URL",
    summary: "the server (default: KILN_URL, that of kiln login, http://127.0.0.1:8787)",
  },
  {
    name: "key",
    value: "KEY",
    summary: "API key (default: KILN_API_KEY, that of kiln login, a session of your own)",
  },
];
export const HELP_FLAG: FlagSpec = { name: "help", short: "h", summary: "this text" };

/** The arguments of a command, read. */
export class Arguments {
  readonly words: readonly string[];
  readonly #flags: readonly Flag[];
  constructor(words: readonly string[], flags: readonly Flag[]) {
    this.words = words;
    this.#flags = flags;
  }
  /** Those of several parts of a command line as one; a flag that may be given once is so in all of them together. */
  static together(parts: readonly Arguments[]): Arguments {
    const flags = parts.flatMap((part) => part.#flags);
    // Each step may have a preset of its own.
    for (const { name } of flags.filter(({ name, value }) => value !== null && name !== "preset")) {
      if (flags.filter((flag) => flag.name === name).length > 1)
        throw new UsageError(`--${name} is given more than once.`);
    }
    return new Arguments(
      parts.flatMap(({ words }) => words),
      flags,
    );
  }
  has(name: string): boolean {
    return this.#flags.some((flag) => flag.name === name);
  }
  value(name: string): string | undefined {
    return this.values(name)[0];
  }
  values(name: string): string[] {
    return this.#flags.flatMap((flag) => (flag.name === name && flag.value !== null ? [flag.value] : []));
  }
  /** A whole number from 1, or undefined when the flag is not given. */
  count(name: string): number | undefined {
    const text = this.value(name);
    if (text === undefined || /^[1-9]\d{0,8}$/.test(text)) return text === undefined ? undefined : Number(text);
    throw new UsageError(`--${name} must be a whole number from 1, not "${text}".`);
  }
}

/**
 * Reads the arguments of a command with these flags.
 * @throws UsageError for a flag that is not known (with the nearest one), lacks its value, or is given twice
 */
export function readArguments(args: readonly string[], flags: readonly FlagSpec[]): Arguments {
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const split = splitCommandLine(args, (name) => known.get(name)?.value === undefined);
  for (const flag of split.flags) checkFlag(flag, known.get(flag.name), split.flags, flags);
  return new Arguments(split.words, split.flags);
}

/** Holds one flag against its declaration. Throws a UsageError that names it, and what was meant. */
export function checkFlag(
  { name, value }: Flag,
  spec: FlagSpec | undefined,
  given: readonly Flag[],
  flags: readonly FlagSpec[],
): void {
  if (!spec)
    throw unknownFlag(
      name,
      flags.map((flag) => flag.name),
    );
  if (spec.value !== undefined && value === null) throw new UsageError(`--${name} needs a value.`);
  if (spec.value === undefined && value !== null) throw new UsageError(`--${name} takes no value.`);
  if (!spec.repeats && given.filter((flag) => flag.name === name).length > 1) {
    throw new UsageError(`--${name} is given more than once.`);
  }
  if (value === null || !spec.choices || spec.choices.includes(value)) return;
  const guess = nearest(value, spec.choices);
  throw new UsageError(
    `--${name}: "${value}" is none of ${spec.choices.join(", ")}.${guess ? ` Did you mean ${guess}?` : ""}`,
  );
}
