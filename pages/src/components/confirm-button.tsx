/** A button for what can't be undone: it asks once more, in its own place. */
import { useState } from "react";

interface ConfirmButtonProps {
  /** "Revoke". */
  readonly children: string;
  /** What it is done to, for readers: "Revoke Shop". */
  readonly label: string;
  /** "Revoke for good?" */
  readonly question: string;
  readonly onConfirm: () => void;
}

export function ConfirmButton({ children, label, question, onConfirm }: ConfirmButtonProps) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button type="button" className="button-quiet" aria-label={label} onClick={() => setAsking(true)}>
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
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {question}
      </button>
      <button type="button" className="button-quiet" onClick={() => setAsking(false)}>
        No
      </button>
    </span>
  );
}
