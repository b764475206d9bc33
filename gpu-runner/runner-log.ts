/** The runner's own log: one JSON object per line on stderr. Never holds a key, a lease id or a signed URL. */

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface RunnerLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
}

/** A log that writes lines with `write`; `fields` are part of every line. */
export function makeLog(write: (line: string) => void, fields: LogFields = {}): RunnerLog {
  const emit = (level: string, message: string, more: LogFields = {}) => {
    write(JSON.stringify({ at: new Date().toISOString(), level, message, ...fields, ...more }));
  };
  return {
    info: (message, more) => emit("info", message, more),
    warn: (message, more) => emit("warn", message, more),
  };
}

/** What went wrong, as text for the log. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
