/** Lists in pages. */
import { z } from "zod";

/** Where the next page of a list begins. */
export const nextCursorSchema = z
  .string()
  .nullable()
  .describe(
    "Send it as `cursor` for the next page, with the same filters; null on the last one. What is in it may change.",
  );
