/** How to take photos that become a good model, folded. */
export function PhotoTips({ tips, open = false }: { tips: readonly string[]; open?: boolean }) {
  return (
    <details className="fold tips" open={open}>
      <summary>How to take the photos</summary>
      <ul>
        {tips.map((tip) => (
          <li key={tip}>{tip}</li>
        ))}
      </ul>
    </details>
  );
}
