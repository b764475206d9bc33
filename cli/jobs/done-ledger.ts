/**
 * What `kiln run --watch` has done already, by content and by what was asked for, so that a restart does nothing twice: a
 * file beside the results.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const FILENAME = ".kiln-watch.json";
const ledgerSchema = z.object({ done: z.record(z.string(), z.object({ folder: z.string(), at: z.number() })) });

export class DoneLedger {
  readonly #path: string;
  readonly #done: Record<string, { folder: string; at: number }>;
  readonly #plan: string;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, plan: unknown, done: z.infer<typeof ledgerSchema>["done"]) {
    this.#path = path;
    this.#plan = JSON.stringify(plan);
    this.#done = done;
  }

  /** Reads the ledger in `dir`; one that is missing or broken is empty. `plan`: what is done with each file. */
  static async open(dir: string, plan: unknown): Promise<DoneLedger> {
    const path = join(dir, FILENAME);
    const text = await readFile(path, "utf8").catch(() => "{}");
    const parsed = ledgerSchema.safeParse(parseJson(text));
    return new DoneLedger(path, plan, parsed.success ? parsed.data.done : {});
  }

  /** Whether the content has been done like this, and its folder is still there. */
  async has(sha256: string): Promise<boolean> {
    const entry = this.#done[this.#keyOf(sha256)];
    return entry !== undefined && (await stat(entry.folder).catch(() => null)) !== null;
  }

  /** Notes that the content's results are in `folder`. Written whole, one after the other. */
  async add(sha256: string, folder: string, now: number): Promise<void> {
    this.#done[this.#keyOf(sha256)] = { folder, at: now };
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    const partial = `${this.#path}.${randomBytes(4).toString("hex")}`;
    await writeFile(partial, `${JSON.stringify({ done: this.#done })}\n`);
    await rename(partial, this.#path);
  }

  #keyOf(sha256: string): string {
    return createHash("sha256").update(`${sha256}\n${this.#plan}`).digest("hex").slice(0, 32);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
