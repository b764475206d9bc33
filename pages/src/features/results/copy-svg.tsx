/** Puts the SVG's code on the clipboard. */
import { useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { toFailure } from "../../api/failure.ts";
import { Icon } from "../../components/icon.tsx";

const COPIED = "Copied";
/** How long the button says that it has worked. */
const SAID_MS = 2_500;

export function CopySvg() {
  const artifacts = useArtifacts();
  const [said, setSaid] = useState<string | null>(null);
  // Browsers give the clipboard to secure pages only.
  if (!navigator.clipboard) return null;
  const copy = async () => {
    try {
      const response = await artifacts.read("image.svg");
      await navigator.clipboard.writeText(await response.text());
      setSaid(COPIED);
    } catch (error) {
      setSaid(`Not copied: ${toFailure(error).message}`);
    }
    setTimeout(() => setSaid(null), SAID_MS);
  };
  return (
    <>
      <button type="button" className="button-quiet" onClick={copy}>
        <Icon name={said === COPIED ? "check" : "copy"} />
        {said ?? "Copy SVG code"}
      </button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}
