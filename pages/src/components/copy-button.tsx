/** Puts a text on the clipboard, and says so for a moment. */
import { useState } from "react";
import { Icon } from "./icon.tsx";

/** How long the button says that it has worked. */
const SAID_MS = 2_500;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for readers: "Copy the link". */
  readonly label: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const [said, setSaid] = useState<string | null>(null);
  // Browsers give the clipboard to secure pages only; there the text can be marked and copied by hand.
  if (!navigator.clipboard) return null;
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(done ? "Copied" : "Not copied");
    setTimeout(() => setSaid(null), SAID_MS);
  };
  return (
    <>
      <button type="button" className="button-quiet" aria-label={said ?? label} onClick={copy}>
        <Icon name={said === "Copied" ? "check" : "copy"} />
        {said ?? "Copy"}
      </button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}
