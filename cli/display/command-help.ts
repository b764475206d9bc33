/** Help texts: of the whole, and of each command, from what the commands declare. */
import { type FlagSpec, HELP_FLAG } from "../arguments/flags.ts";
import { type Command, GROUPS } from "../commands/command.ts";
import { EXIT_CODES } from "../exit-codes.ts";

/** `kiln --help`. */
export function overview(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const groups = GROUPS.map((group) => {
    const lines = commands
      .filter((command) => command.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
    return `${group}\n${lines.join("")}`;
  });
  return (
    `kiln ${version}: files in, 3D and image assets out\n\n` +
    `${groups.join("\n")}\n` +
    "kiln help COMMAND shows flags and examples of one, kiln run TYPE --help the parameters of a job type.\n\n" +
    "  kiln run logo-to-3d logo.svg --depth-mm 6 -o model\n" +
    "  kiln run image-to-svg 'logos/*.png' -o svgs\n" +
    "  kiln run remove-background photo.png --then image-to-svg --then logo-to-3d -o solid.glb\n\n" +
    `${exitCodes()}\n` +
    "Environment: KILN_URL, KILN_API_KEY, KILN_SESSION (32 to 64 hexadecimal digits), NO_COLOR\n"
  );
}

/** `kiln help NAME`. */
export function commandHelp(command: Command): string {
  const { usage, summary, description, examples } = command;
  const flags = [...command.flags, HELP_FLAG];
  const heads = flags.map(flagHead);
  const width = Math.max(...heads.map((head) => head.length));
  const flagLines = flags.map(({ summary }, i) => `  ${(heads[i] as string).padEnd(width)}  ${summary}\n`);
  const exampleLines = examples.map(([line, purpose]) => `${purpose === "" ? "" : `  # ${purpose}\n`}  kiln ${line}`);
  return (
    `${usage.map((form) => `kiln ${form}\n`).join("")}\n${summary[0]?.toUpperCase()}${summary.slice(1)}.\n` +
    (description === undefined ? "" : `\n${description}\n`) +
    `\nFlags\n${flagLines.join("")}` +
    (examples.length === 0 ? "" : `\nExamples\n${exampleLines.join("\n")}\n`)
  );
}

function flagHead({ name, short, value }: FlagSpec): string {
  return `${short ? `-${short}, ` : "    "}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function exitCodes(): string {
  const lines = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}\n`);
  return `Exit codes\n${lines.join("")}`;
}
