/**
 * `/docs`: the API's reference, drawn by Scalar from `/openapi.json`. Its code, fonts and styles come from this server, and it is
 * told to call nobody else.
 */
import "@fontsource-variable/bricolage-grotesque/index.css";
import "@fontsource-variable/instrument-sans/index.css";
import { randomHex } from "#client/transport.ts";
import "../styles/tokens.css";
import "./reference.css";
// Scalar as its makers have built it for browsers: a script that sets `window.Scalar` (vite.config.ts says where it is).
import standaloneUrl from "scalar-standalone?url";

interface Scalar {
  createApiReference(element: string, configuration: object): unknown;
}

function loadScalar(): Promise<Scalar> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = standaloneUrl;
    script.addEventListener("load", () => resolve((window as unknown as { Scalar: Scalar }).Scalar));
    script.addEventListener("error", () => reject(new Error("The reference could not be loaded. Reload the page.")));
    document.head.append(script);
  });
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

const scalar = await loadScalar();
scalar.createApiReference("#reference", {
  url: "/openapi.json",
  theme: "none",
  layout: "modern",
  // The site's own; Scalar's are on its server.
  withDefaultFonts: false,
  forceDarkModeState: isDark() ? "dark" : "light",
  hideDarkModeToggle: true,
  // Calls can be tried at once: in a session of this page's own, not the visitor's, which would stand in every sample.
  authentication: { preferredSecurityScheme: "session", securitySchemes: { session: { value: randomHex() } } },
  // What would send something elsewhere.
  proxyUrl: "",
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: "never",
  externalUrls: { dashboardUrl: "", registryUrl: "", proxyUrl: "", apiBaseUrl: "" },
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  documentDownloadType: "json",
  operationTitleSource: "summary",
});
