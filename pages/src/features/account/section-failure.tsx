/** What went wrong in a section of the account page, with the fields that are meant. */
import type { Failure } from "../../api/failure.ts";

export function SectionFailure({ failure }: { failure: Failure | null }) {
  return (
    <p className="field-error" role="alert" hidden={failure === null}>
      {failure
        ? [failure.message, ...failure.fields.map(({ path, message }) => `${path} ${message}.`)].join(" ")
        : null}
    </p>
  );
}
