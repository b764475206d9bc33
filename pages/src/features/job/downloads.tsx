/** The files of a result, each a link that downloads it. */
import { useArtifacts } from "../../api/artifacts.ts";
import { Icon } from "../../components/icon.tsx";
import { formatBytes } from "../../formatting.ts";
import type { Download } from "../results/result-facts.ts";

export function Downloads({ files }: { files: readonly Download[] }) {
  const { url } = useArtifacts();
  return (
    <ul className="downloads" aria-label="Downloads">
      {files.map((file) => (
        <li key={file.name} data-main={file.main || undefined}>
          <a href={url(file.name)} download={file.name}>
            <span className="visually-hidden">Download {file.name}:</span>
            <span className="badge">{file.badge}</span>
            <span className="download-text">{file.description}</span>
            <span className="download-size">{file.bytes === null ? "" : formatBytes(file.bytes)}</span>
            <Icon name="download" />
          </a>
        </li>
      ))}
    </ul>
  );
}
