/** A key typed or pasted at a terminal, which does not show it. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Terminal } from "../terminal.ts";

/** Asks, and reads one line; it is empty when the user ends the input (Ctrl-D). Ctrl-C interrupts as it does elsewhere. */
export async function typedKey(question: string, { stdin, stderr, signal }: Terminal): Promise<string> {
  stderr.write(question);
  signal.throwIfAborted();
  const unseen = new Writable({ write: (_text, _encoding, done) => done() });
  // A terminal to readline, so that it switches the echo off and knows the keys that edit a line.
  const reader = createInterface({ input: stdin, output: unseen, terminal: true, historySize: 0 });
  reader.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once("line", resolve).once("close", () => resolve(""));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  } finally {
    reader.close();
    stderr.write("\n");
  }
}
