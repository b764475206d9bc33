/** How callers say who they are. */
import type { ZodOpenApiObject } from "zod-openapi";
import type { Operation } from "../routes/operation.ts";

type SecuritySchemes = NonNullable<NonNullable<ZodOpenApiObject["components"]>["securitySchemes"]>;

export const SECURITY_SCHEMES: SecuritySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    description: 'An API key, `kiln_live_…`. Not needed to try things: see "Who is calling".',
  },
  apiKey: { type: "apiKey", in: "header", name: "X-API-Key", description: "The same key in a header of its own." },
  session: {
    type: "apiKey",
    in: "header",
    name: "Kiln-Session",
    description:
      "An anonymous session: 32 to 64 hex digits that the client makes up and keeps to itself. Who sends it finds its jobs again.",
  },
  runnerKey: { type: "http", scheme: "bearer", description: "A runner's key." },
  adminKey: { type: "http", scheme: "bearer", description: "The operator's key, the server's secret `ADMIN_KEY`." },
  signedUrl: {
    type: "apiKey",
    in: "query",
    name: "sig",
    description: "The signature of a URL that Kiln has handed out. It covers the method, the path and the whole query.",
  },
};

/** What a call asks for: any one of the list. An empty one lets anybody in. */
export function securityOf({ access, scope, signed }: Operation): Record<string, string[]>[] {
  if (signed) return [{ signedUrl: [] }];
  const scopes = scope ? [scope] : [];
  switch (access) {
    case "user":
      return [{ bearer: scopes }, { apiKey: scopes }, { session: scopes }, {}];
    case "runner":
      return [{ runnerKey: [] }];
    case "admin":
      return [{ adminKey: [] }];
    case "open":
      return [];
  }
}
