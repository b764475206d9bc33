/** The head of every page: mark, what can be made, light or dark. */
import { accountKey } from "../api/kiln.ts";
import { KINDS } from "../kinds.ts";
import type { Route } from "../route.ts";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";
import { useTheme } from "./theme.ts";

export function SiteHeader({ route }: { route: Route }) {
  const [theme, toggleTheme] = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <header className="site-header">
      <Link className="mark" href="/">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        Kiln
      </Link>
      <nav aria-label="What to make">
        {KINDS.map(({ type, path, label, icon }) => (
          <Link
            key={type}
            href={path}
            aria-current={route.name === "compose" && route.type === type ? "page" : undefined}
          >
            <Icon name={icon} />
            {label}
          </Link>
        ))}
      </nav>
      <div className="head-buttons">
        <Link
          className="button-icon"
          href="/account"
          aria-label="Account"
          title="Account"
          aria-current={route.name === "account" ? "page" : undefined}
          data-known={accountKey !== null || undefined}
        >
          <Icon name="person" />
        </Link>
        <button
          type="button"
          className="button-icon"
          onClick={toggleTheme}
          aria-label={`Use the ${other} theme`}
          title={`Use the ${other} theme`}
        >
          <Icon name={theme === "dark" ? "sun" : "moon"} />
        </button>
      </div>
    </header>
  );
}
