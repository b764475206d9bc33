/** The one client of the site. The API is on the same origin. */
import { Kiln } from "#client/kiln.ts";
import { browserSession } from "./session.ts";
import { localStore } from "./storage.ts";

export const kiln = new Kiln({ api: window.location.origin, session: browserSession(localStore()) });
