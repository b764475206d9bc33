/** Log lines of the parts, as a person reads them on a terminal. */
import { styleText } from "node:util";

/** `runner-1 warn: message key=value` for the runners' JSON lines; other lines stay as they are. */
export function formatLogLine(source: string, line: string): string {
  const prefix = styleText("dim", source, { stream: process.stderr });
  try {
    const { at: _at, level, message, runnerId: _runnerId, ...fields } = JSON.parse(line) as Record<string, unknown>;
    if (typeof message !== "string") return `${prefix} ${line}`;
    const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    return `${prefix} ${level === "info" ? "" : `${String(level)}: `}${message}${facts.join("")}`;
  } catch {
    return `${prefix} ${line}`;
  }
}
