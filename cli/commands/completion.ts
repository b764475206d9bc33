/**
 * `kiln completion SHELL`: prints a script that makes the shell complete `kiln`. The script asks `kiln completion suggest`
 * for every word, so that it never is older than the command.
 */

import { findFlag } from "../arguments/command-line.ts";
import { type FlagSpec, HELP_FLAG } from "../arguments/flags.ts";
import { PRESET_FLAG } from "../arguments/job-request.ts";
import { paramSchemas, toKebab } from "../arguments/param-flags.ts";
import { COMPLETION_SCRIPTS, type Shell } from "../display/completion-scripts.ts";
import { fromNow } from "../display/table.ts";
import { UsageError } from "../exit-codes.ts";
import { connect } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import type { Command, WordKind } from "./command.ts";
import { knownTypes } from "./job-types.ts";

const SHELLS = Object.keys(COMPLETION_SCRIPTS) as readonly Shell[];

/** A word that may stand there, and what it means. */
export interface Suggestion {
  readonly word: string;
  readonly meaning: string;
}

/** What may come next; `paths`: the names of files or folders, which the shell knows better. */
export interface Suggestions {
  readonly words: readonly Suggestion[];
  readonly paths: "none" | "file" | "folder";
  /** The caller's own, which the server is asked for. */
  readonly ids?: "job" | "batch";
}

/** Nobody waits longer for a suggestion. */
const ASK_MS = 1_500;
const MAX_IDS = 30;

/** The command; `commands` are all of them, itself too. */
export function completion(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    group: "This machine",
    summary: "a script by which your shell completes kiln",
    usage: [`completion ${SHELLS.join("|")}`],
    flags: [],
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/kiln", ""],
      ["completion zsh > ~/.zfunc/_kiln", ""],
      ["completion fish > ~/.config/fish/completions/kiln.fish", ""],
    ],
    words: [SHELLS, "none"],
    async run([shell, ...words], terminal) {
      const { stdout } = terminal;
      if (shell === "suggest") {
        const suggestions = suggest(words, commands());
        const own = suggestions.ids ? await ownIds(suggestions.ids, words, terminal) : [];
        stdout.write(linesOf({ ...suggestions, words: [...suggestions.words, ...own] }));
      } else if (shell !== undefined && Object.hasOwn(COMPLETION_SCRIPTS, shell)) {
        stdout.write(COMPLETION_SCRIPTS[shell as Shell]);
      } else throw new UsageError(`Name your shell: ${SHELLS.join(", ")}.`);
      return undefined;
    },
  };
}

/** The caller's latest jobs or batches; none where no server answers in time. */
async function ownIds(
  kind: "job" | "batch",
  words: readonly string[],
  terminal: Terminal,
): Promise<readonly Suggestion[]> {
  try {
    const kiln = await connect({ value: (name) => findFlag(words.slice(0, -1), name) }, terminal);
    const options = { limit: MAX_IDS, repeatable: false, signal: AbortSignal.timeout(ASK_MS) };
    const now = Date.now();
    const found =
      kind === "job"
        ? (await kiln.jobs(options)).jobs.map((job) => ({ ...job, what: `${job.type}, ${job.state}` }))
        : (await kiln.batches(options)).batches.map((batch) => ({
            ...batch,
            what: `${batch.size} jobs, ${batch.state}`,
          }));
    const all = found.map(({ id, what, createdAt }) => ({ word: id, meaning: `${what}, ${fromNow(createdAt, now)}` }));
    return matching(all, words.at(-1) ?? "").words;
  } catch {
    return [];
  }
}

/** For the scripts: what to do about paths, then a word with its meaning behind a tab on each line. */
function linesOf({ words, paths }: Suggestions): string {
  return [paths, ...words.map(({ word, meaning }) => `${word}\t${meaning}`)].map((line) => `${line}\n`).join("");
}

const NOTHING: Suggestions = { words: [], paths: "none" };

/** What may stand where the last of `words` is being typed; the words are those behind `kiln`. */
export function suggest(words: readonly string[], commands: readonly Command[]): Suggestions {
  const attached = /^(--[A-Za-z][\w-]*)=([\s\S]*)$/.exec(words.at(-1) ?? "");
  if (attached) {
    // Written in one word, the flag belongs to what is put there.
    const [, flag = "", value = ""] = attached;
    const { words: found, ...rest } = suggest([...words.slice(0, -1), flag, value], commands);
    return { ...rest, words: found.map(({ word, meaning }) => ({ word: `${flag}=${word}`, meaning })) };
  }
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const [name, ...args] = before;
  if (name === undefined) return matching(commandWords(commands), typed);
  const command = commands.find((one) => one.name === name);
  if (!command) return NOTHING;
  if (args.at(-1) === "--then") return ofKind("job-type", typed, commands);
  const flags = flagsOf(command, args);
  const pending = flags.find((flag) => `--${flag.name}` === args.at(-1) || `-${flag.short}` === args.at(-1));
  if (pending?.value !== undefined) return matchingValue(pending, typed);
  if (typed.startsWith("-")) return matching(flagWords(flags), typed);
  const count = args.filter((arg, i) => !arg.startsWith("-") && !takesValue(flags, args[i - 1])).length;
  return ofKind(command.words[count === 0 ? 0 : 1], typed, commands);
}

const takesValue = (flags: readonly FlagSpec[], arg: string | undefined): boolean =>
  flags.some((flag) => flag.value !== undefined && (`--${flag.name}` === arg || `-${flag.short}` === arg));

/** The command's own flags, and those of the job type that the line is at: the first word, or the one behind the last --then. */
function flagsOf(command: Command, args: readonly string[]): readonly FlagSpec[] {
  const type = command.typed && knownTypes().find(({ name }) => name === args[args.lastIndexOf("--then") + 1]);
  if (!type) return [...command.flags, HELP_FLAG];
  const presets = [
    ...((paramSchemas(type.paramsSchema).preset?.enum ?? []) as readonly string[]),
    ...type.presets.map(({ name }) => name),
  ];
  const own = command.flags.map((flag) => (flag.name === PRESET_FLAG.name ? { ...flag, choices: presets } : flag));
  const params = Object.entries(paramSchemas(type.paramsSchema)).map(([name, schema]): FlagSpec => {
    const choices = (schema.enum ?? schema.items?.enum) as readonly string[] | undefined;
    const summary = schema.title ?? name;
    const stands = schema.type === "boolean" ? {} : { value: "VALUE" };
    return {
      name: toKebab(name),
      summary,
      ...stands,
      ...(choices ? { choices } : {}),
      ...(schema.items ? { list: true } : {}),
    };
  });
  const roles = type.inputs.roles.map(
    ({ name, label }): FlagSpec => ({ name, value: "FILE", summary: label, path: "file" }),
  );
  return [...own, HELP_FLAG, ...params.filter(({ name }) => name !== PRESET_FLAG.name), ...roles];
}

function ofKind(kind: WordKind | readonly string[], typed: string, commands: readonly Command[]): Suggestions {
  if (typeof kind !== "string")
    return matching(
      kind.map((word) => ({ word, meaning: "" })),
      typed,
    );
  if (kind === "command") return matching(commandWords(commands), typed);
  if (kind === "job-type")
    return matching(
      knownTypes().map(({ name, title }) => ({ word: name, meaning: title })),
      typed,
    );
  if (kind === "job") return { ...NOTHING, ids: "job" };
  return kind === "file" ? { words: [], paths: "file" } : NOTHING;
}

function matchingValue({ choices = [], path, list, ids }: FlagSpec, typed: string): Suggestions {
  // Of a list the items before the last comma stand already.
  const there = list ? typed.slice(0, typed.lastIndexOf(",") + 1) : "";
  const taken = there.split(",");
  const words = choices
    .filter((choice) => !taken.includes(choice))
    .map((choice) => ({ word: there + choice, meaning: "" }));
  return { ...matching(words, typed), paths: path ?? "none", ...(ids ? { ids } : {}) };
}

function matching(all: readonly Suggestion[], typed: string): Suggestions {
  return { words: all.filter(({ word }) => word.startsWith(typed)), paths: "none" };
}

const commandWords = (commands: readonly Command[]): Suggestion[] =>
  commands.map(({ name, summary }) => ({ word: name, meaning: summary }));
const flagWords = (flags: readonly FlagSpec[]): Suggestion[] =>
  flags.map(({ name, summary }) => ({ word: `--${name}`, meaning: summary }));
