/** Moves the focus to the first wrong field of the page's form, once it has been drawn as such. */
export function focusFirstMistake(): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>('.panel [aria-invalid="true"], .panel [data-invalid] input')?.focus(),
  );
}
