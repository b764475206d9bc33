/** Where a client wants a stream of events to go on: after the last event it has. */
import type { Context } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { integerText, invalidRequest } from "./request-parsing.ts";

const seqSchema = integerText(z.number().int().min(0));

/** The query string of a stream: the number of the last event that is there already. */
export const eventPlaceQuerySchema = z
  .object({
    after: seqSchema.default(0).meta({ description: "The number of the last event that is there already", example: 0 }),
  })
  .strict();

/** The header that goes before it: what a browser's EventSource sends by itself. */
export const EVENT_PLACE_HEADERS = {
  "Last-Event-ID": z
    .string()
    .regex(/^\d{0,15}$/)
    .optional(),
};

/** The place of an SSE stream: `Last-Event-ID` before `?after=`. */
export function readEventPlace(c: Context<AppContext>, after: number): number {
  const header = c.req.header("Last-Event-ID");
  if (header === undefined || header === "") return after;
  const parsed = seqSchema.safeParse(header);
  if (!parsed.success) throw invalidRequest([{ path: "Last-Event-ID", message: "is not the id of an event" }]);
  return parsed.data;
}

/** Refuses a request that does not ask for a WebSocket. */
export function expectWebSocket(c: Context<AppContext>): void {
  if (c.req.method !== "GET" || c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
    throw new AppError("invalid_request", "This is a WebSocket: connect with the ws or wss scheme.");
  }
}
