/**
 * Remembers in this tab that files are on their way, so that after a reload the page can say what became of them: the files
 * themselves can't be kept, but what was sent is there, and the same files go on where they were.
 */
import { z } from "zod";

const KEY = "kiln.sending";
const sendingSchema = z.object({ type: z.string(), files: z.number().int().positive() });

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** So many files are on their way to a job of this type. */
export function noteSending(store: Store | null, type: string, files: number): void {
  store?.setItem(KEY, JSON.stringify({ type, files }));
}

/** They have arrived, or the visitor knows what became of them. */
export function noteSent(store: Store | null): void {
  store?.removeItem(KEY);
}

/** How many files for a job of this type were on their way when the page was left; 0 for none. */
export function brokenOffFiles(store: Store | null, type: string): number {
  try {
    const sending = sendingSchema.safeParse(JSON.parse(store?.getItem(KEY) ?? "null"));
    return sending.success && sending.data.type === type ? sending.data.files : 0;
  } catch {
    return 0;
  }
}
