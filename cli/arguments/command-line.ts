/**
 * Splits a command line into a command, words and flags. Which flags take a value depends on the job type, which is
 * itself a word of the line; so the caller says it by `standsAlone`.
 */
import { UsageError } from "../exit-codes.ts";
import type { Flag } from "./param-flags.ts";

export interface CommandLine {
  readonly words: readonly string[];
  readonly flags: readonly Flag[];
}

const SHORT: Readonly<Record<string, string>> = { o: "out", h: "help", f: "follow" };

/**
 * Reads words and flags. `--name=value`, `--name value`, `-o value`; after `--` everything is a word. A value may begin
 * with a dash when it is a number (`--curve-mm -30`).
 * @throws UsageError for an unknown short flag
 */
export function splitCommandLine(args: readonly string[], standsAlone: (flag: string) => boolean): CommandLine {
  const words: string[] = [];
  const flags: Flag[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    const match = /^(?:--([A-Za-z][\w-]*)|-([A-Za-z]))(?:=([\s\S]*))?$/.exec(arg);
    if (!match) {
      if (arg.startsWith("-") && arg !== "-") throw new UsageError(`${arg} is not a flag.`);
      words.push(arg);
      continue;
    }
    const [, long, short, attached] = match;
    const name = long ?? SHORT[short ?? ""];
    if (name === undefined) throw new UsageError(`-${short} is not known. Short flags are -o DIR, -f and -h.`);
    const next = args[i + 1];
    if (attached !== undefined) flags.push({ name, value: attached });
    else if (standsAlone(name) || next === undefined || looksLikeFlag(next)) flags.push({ name, value: null });
    else {
      flags.push({ name, value: next });
      i++;
    }
  }
  return { words, flags };
}

/**
 * The value of one flag, found without knowing what the others mean: needed before the job type is known. The last one
 * counts here; that a flag is given twice is said later.
 */
export function findFlag(args: readonly string[], name: string): string | undefined {
  const end = args.indexOf("--");
  const before = end === -1 ? args : args.slice(0, end);
  const at = before.findLastIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  if (at === -1) return undefined;
  const value = before[at] === `--${name}` ? before[at + 1] : before[at]?.slice(name.length + 3);
  if (value === undefined || looksLikeFlag(value)) throw new UsageError(`--${name} needs a value.`);
  return value;
}

const looksLikeFlag = (text: string): boolean => /^--?[A-Za-z]/.test(text);
