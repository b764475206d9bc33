/** A button for what can't be undone: it asks once more, in its own place. Esc takes it back. */
import { useState } from "react";
import { useFocusBack } from "./use-focus-back.ts";

interface ConfirmButtonProps {
  /** "Revoke". */
  readonly children: string;
  /** What it is done to, for readers: "Revoke Shop". */
  readonly label: string;
  /** "Revoke for good?" */
  readonly question: string;
  readonly onConfirm: () => void;
  /** How the first button looks. */
  readonly className?: string;
}

export function ConfirmButton({
  children,
  label,
  question,
  onConfirm,
  className = "button-quiet",
}: ConfirmButtonProps) {
  const [asking, setAsking] = useState(false);
  const opener = useFocusBack(asking);
  if (!asking) {
    return (
      <button ref={opener} type="button" className={className} aria-label={label} onClick={() => setAsking(true)}>
        {children}
      </button>
    );
  }
  return (
    <span className="confirm">
      <button
        type="button"
        className="button-quiet button-bad"
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
        autoFocus
        aria-label={`${label}: ${question}`}
        onKeyDown={(event) => event.key === "Escape" && setAsking(false)}
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {question}
      </button>
      <button
        type="button"
        className="button-quiet"
        onKeyDown={(event) => event.key === "Escape" && setAsking(false)}
        onClick={() => setAsking(false)}
      >
        No
      </button>
    </span>
  );
}
