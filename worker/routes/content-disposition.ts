/** The `Content-Disposition` header of RFC 6266, with a plain name for old clients and the true one in UTF-8. */

/**
 * @param filename what the user should see; may hold anything, path separators and control characters are replaced
 */
export function contentDisposition(kind: "inline" | "attachment", filename: string): string {
  const safe = filename.replace(/[\p{Cc}/\\]/gu, "_").slice(0, 255) || "file";
  const ascii = safe.replace(/[^\x20-\x7e]|["%]/g, "_");
  const encoded = encodeURIComponent(safe.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return ascii === safe ? `${kind}; filename="${ascii}"` : `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
