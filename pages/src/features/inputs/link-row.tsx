/** A row in which a link is pasted, instead of choosing a file. It may stand in a form, which it does not send. */
import { type KeyboardEvent, useState } from "react";
import { Icon } from "../../components/icon.tsx";

interface LinkRowProps {
  /** What the link leads to, for readers: "Link to a file". */
  readonly label: string;
  /** Takes the link; false leaves the row open. */
  readonly onLink: (text: string) => boolean;
  readonly onClose: () => void;
}

export function LinkRow({ label, onLink, onClose }: LinkRowProps) {
  const [text, setText] = useState("");
  const add = () => {
    if (onLink(text)) onClose();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return (
    <div className="link-row">
      <input
        className="text-box"
        type="url"
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
        autoFocus
        value={text}
        placeholder="https://…"
        aria-label={label}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keys}
      />
      <button type="button" className="button-quiet" onClick={add}>
        Add
      </button>
      <button type="button" className="button-icon" aria-label="Close" onClick={onClose}>
        <Icon name="cross" />
      </button>
    </div>
  );
}
