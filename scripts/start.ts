/**
 * `npm start`: Kiln on this machine, in the foreground. Prints one line, `ready http://127.0.0.1:PORT`, when a job can be
 * accepted and run; logs go to standard error. Ctrl-C stops everything it started.
 */
import { runForeground } from "./stack/run-foreground.ts";

process.exit(await runForeground(process.argv.slice(2)));
