/** A row in which a link is pasted, instead of choosing a file. */
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Icon } from "../../components/icon.tsx";

interface LinkRowProps {
  /** Takes the link; false leaves the row open. */
  readonly onLink: (text: string) => boolean;
  readonly onClose: () => void;
}

export function LinkRow({ onLink, onClose }: LinkRowProps) {
  const [text, setText] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (onLink(text)) onClose();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
  };
  return (
    <form className="link-row" noValidate onSubmit={add}>
      <input
        className="text-box"
        type="url"
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was just pressed.
        autoFocus
        value={text}
        placeholder="https://…"
        aria-label="Link to a file"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keys}
      />
      <button type="submit" className="button-quiet">
        Add
      </button>
      <button type="button" className="button-icon" aria-label="Close" onClick={onClose}>
        <Icon name="cross" />
      </button>
    </form>
  );
}
