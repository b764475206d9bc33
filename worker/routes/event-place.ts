/** Where a client wants a stream of events to go on: after the last event it has. */
import type { Context } from "hono";
import { z } from "zod";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { invalidRequest, readQuery } from "./request-parsing.ts";

const seqSchema = z.coerce.number().int().min(0);

/** Of an SSE stream: `Last-Event-ID` (what a browser sends by itself) before `?after=`. */
export function readEventPlace(c: Context<AppContext>): number {
  const { after } = readQuery(c, z.object({ after: seqSchema.optional() }).strict());
  const header = c.req.header("Last-Event-ID");
  if (header === undefined || header === "") return after ?? 0;
  const parsed = seqSchema.safeParse(header);
  if (!parsed.success) throw invalidRequest([{ path: "Last-Event-ID", message: "is not the id of an event" }]);
  return parsed.data;
}

/** Of a WebSocket, once the request is found to be one. */
export function readSocketPlace(c: Context<AppContext>): number {
  if (c.req.header("Upgrade")?.toLowerCase() !== "websocket") {
    throw new AppError("invalid_request", "This is a WebSocket: connect with the ws or wss scheme.");
  }
  return readQuery(c, z.object({ after: seqSchema.default(0) }).strict()).after;
}
