/** Where files are dropped, pasted or chosen. A label around a real file input, so that keyboard and readers work. */
import { type ChangeEvent, type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { useDropTarget } from "./drop-target.ts";
import { byName, folderFiles } from "./dropped-files.ts";

interface FilePickerProps {
  readonly accept: readonly string[];
  readonly className: string;
  /** Name of the input for screen readers. */
  readonly label: string;
  readonly multiple?: boolean;
  readonly onFiles: (files: File[]) => void;
  readonly children: ReactNode;
}

export function DropZone(props: FilePickerProps) {
  const { over, handlers } = useDropTarget(props.onFiles);
  const id = useId();
  return (
    <label className={props.className} htmlFor={id} data-over={over || undefined} {...handlers}>
      <FileInput {...props} id={id} />
      {props.children}
    </label>
  );
}

/** The same without dropping: a button that opens the system's dialogue, for files or for a folder. */
export function FilePicker({ folder = false, ...props }: FilePickerProps & { readonly folder?: boolean }) {
  const id = useId();
  return (
    <label className={props.className} htmlFor={id}>
      <FileInput {...props} id={id} folder={folder} />
      {props.children}
    </label>
  );
}

interface FileInputProps extends FilePickerProps {
  readonly id: string;
  readonly folder?: boolean;
}

function FileInput({ id, accept, label, multiple, onFiles, folder = false }: FileInputProps) {
  const input = useRef<HTMLInputElement>(null);
  // React does not know the attribute.
  useLayoutEffect(() => {
    if (input.current) input.current.webkitdirectory = folder;
  }, [folder]);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    const chosen = folder ? folderFiles(files) : files.toSorted((a, b) => byName(a.name, b.name));
    // The same file can be chosen again after it was changed.
    event.target.value = "";
    if (chosen.length > 0) onFiles(chosen);
  };
  return (
    <input
      ref={input}
      id={id}
      className="visually-hidden"
      type="file"
      aria-label={label}
      accept={folder ? undefined : accept.join(",")}
      multiple={multiple}
      onChange={choose}
    />
  );
}
