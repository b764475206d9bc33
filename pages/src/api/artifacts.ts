/** Where the files of the job on the page come from: the job itself, or the link that shows it to strangers. */
import { createContext, useContext } from "react";
import { kiln } from "./kiln.ts";

export interface Artifacts {
  /** For links and pictures. */
  readonly url: (name: string) => string;
  readonly read: (name: string, signal?: AbortSignal) => Promise<Response>;
}

/** The files of a job of the visitor's own. */
export const jobArtifacts = (id: string): Artifacts => ({
  url: (name) => kiln.artifactUrl(id, name),
  read: (name, signal) => kiln.download(id, name, { signal }),
});

/** The files of a job that somebody shares. */
export const sharedArtifacts = (token: string): Artifacts => ({
  url: (name) => kiln.sharedArtifactUrl(token, name),
  read: (name, signal) => kiln.sharedDownload(token, name, { signal }),
});

const Source = createContext<Artifacts | null>(null);
export const ArtifactsProvider = Source.Provider;

/** Those of the job on the page. */
export function useArtifacts(): Artifacts {
  const artifacts = useContext(Source);
  if (!artifacts) throw new Error("There is no job on this page");
  return artifacts;
}
