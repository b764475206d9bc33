/** Who is calling, as the server sees it: `GET /v1/caller`. */
import { z } from "zod";
import { apiKeySchema, scopeSchema } from "./access.ts";

/** What may be had in a time; null where there is no limit. */
const allowance = (description: string) => z.number().int().nullable().describe(description);

/** Whose things the caller's are, what they may do, and how much of it. */
export const callerSchema = z
  .object({
    kind: z
      .enum(["account", "person", "session", "nobody"])
      .describe(
        "`account`: by an API key. `person`: behind Cloudflare Access. `session`: by `Kiln-Session`. `nobody`: without any of " +
          "them; what is made so is anybody's who knows its id.",
      ),
    scopes: z.array(scopeSchema).describe("What the caller may do."),
    key: apiKeySchema.nullable().describe("The key that was sent, without its secret; null for others."),
    limits: z
      .object({
        jobsPerHour: allowance("Jobs that may be submitted in an hour; null for no limit."),
        bytesPerDay: allowance("Bytes that may be uploaded in a day; null for no limit."),
        jobsInFlight: allowance("Jobs that may be waiting or running at a time; null for no limit."),
        uploadBytes: z.number().int().describe("The largest file that may be uploaded, in bytes."),
      })
      .describe("Without a key, those of an hour and of a day count for the address that calls."),
  })
  .meta({ description: "Who is calling." });
export type Caller = z.infer<typeof callerSchema>;
