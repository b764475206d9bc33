/** One input as large as its place: picture, video, or its name where the browser can't show it. */
import { useState } from "react";
import { Icon, type IconName } from "../../components/icon.tsx";
import type { DraftInput } from "../compose/draft.ts";
import { objectUrl } from "./object-url.ts";

interface InputViewProps {
  readonly input: DraftInput;
  readonly className: string;
  /** Empty where the picture is decoration. */
  readonly alt: string;
}

/** URL of a picture or video of an input, or null. */
export const viewUrl = ({ file, picture }: DraftInput): string | null => (file ? objectUrl(file) : picture);

export function InputView({ input, className, alt }: InputViewProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const url = viewUrl(input);
  if (!url || broken === url || input.type === "application/zip") return <FileName input={input} />;
  const gaveUp = () => setBroken(url);
  if (input.file && input.type.startsWith("video/")) {
    return (
      <video
        key={url}
        className={className}
        src={url}
        aria-label={alt || undefined}
        muted
        loop
        autoPlay
        playsInline
        onError={gaveUp}
      />
    );
  }
  return (
    <img
      className={className}
      // An earlier result stands in for a file that this visit has not seen; it has a ground of its own.
      data-preview={(input.file === null && input.from === null) || undefined}
      src={url}
      alt={alt}
      onError={gaveUp}
    />
  );
}

/** The runner may still read what this browser can't show. */
function FileName({ input }: { input: DraftInput }) {
  return (
    <span className="shelf-file">
      <Icon name={iconOf(input.type)} />
      <span>{input.filename}</span>
      {input.from && input.bytes === 0 ? <small>Not made yet. The job will wait for it.</small> : null}
      {input.url ? <small>Fetched from {new URL(input.url).hostname} when the job runs</small> : null}
      {input.file && input.type !== "application/zip" ? <small>No preview in this browser</small> : null}
    </span>
  );
}

/** The icon of a media type. */
export function iconOf(type: string): IconName {
  if (type.startsWith("video/")) return "film";
  if (type === "application/zip") return "folder";
  return type.startsWith("image/") ? "pictures" : "file";
}
