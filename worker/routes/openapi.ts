/** `/openapi.json`: the API's description, made from the declarations of all calls. */
import { z } from "zod";
import { describeApi } from "../api-description/document.ts";
import { sha256Hex } from "../domain/content-hash.ts";
import { ifNoneMatch, matchesEtag } from "./etag.ts";
import { Resource } from "./operation.ts";

/** Clients and pages may keep it for so long without asking. */
const MAX_AGE_S = 300;

/** `described` gives all resources, this one among them: it is asked once, at the first call of an isolate. */
export function openApi(described: () => readonly Resource[]): Resource {
  const resource = new Resource("/openapi.json", { tag: "API", access: "open" });
  let made: Promise<{ text: string; etag: string }> | undefined;

  resource.get(
    "",
    {
      operationId: "readOpenApi",
      summary: "Read this description",
      headers: { "If-None-Match": ifNoneMatch },
      answers: {
        200: { description: "OpenAPI 3.1", schema: z.record(z.string(), z.unknown()), headers: { ETag: z.string() } },
        304: { description: "The description is the one you have", headers: { ETag: z.string() } },
      },
    },
    async (c) => {
      made ??= make(described(), c.get("config").version);
      const { text, etag } = await made;
      const headers = { ETag: etag, "Cache-Control": `public, max-age=${MAX_AGE_S}` };
      if (matchesEtag(c.req.header("If-None-Match"), etag)) return c.body(null, 304, headers);
      return c.body(text, 200, { ...headers, "Content-Type": "application/json" });
    },
  );

  return resource;
}

async function make(resources: readonly Resource[], version: string): Promise<{ text: string; etag: string }> {
  const text = JSON.stringify(describeApi(resources, version));
  return { text, etag: `"${(await sha256Hex(text)).slice(0, 32)}"` };
}
