/** What a child of the protocol in gpu-runner/README.md may say: JSON lines on its stdout. */
import { z } from "zod";
import { problemCodeSchema } from "#contract/problem.ts";

const messageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), version: z.string() }),
  z.object({ kind: z.literal("progress"), fraction: z.number().min(0).max(1).nullable() }),
  z.object({ kind: z.literal("log"), line: z.string() }),
  z.looseObject({ kind: z.literal("event"), name: z.string() }),
  z.looseObject({ kind: z.literal("result") }),
  z.object({
    kind: z.literal("error"),
    code: problemCodeSchema.catch("engine_failed"),
    message: z.string(),
    retryable: z.boolean().default(false),
  }),
]);
export type ChildMessage = z.infer<typeof messageSchema>;
/** The message that ends a request. */
export type ChildAnswer = Extract<ChildMessage, { kind: "result" | "error" }>;

/** A line of stdout as a message, or undefined when it is plain text. */
export function parseMessage(line: string): ChildMessage | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return messageSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // text that only looks like JSON
  }
}
