/** `npm run dev`: the same as `npm start`, under `wrangler dev`, which reloads the Worker when its sources change. */
import { runForeground } from "./stack/run-foreground.ts";
import { startWranglerDev } from "./stack/wrangler-server.ts";

process.exit(await runForeground(process.argv.slice(2), startWranglerDev));
