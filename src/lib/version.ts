// Evenstar's version. src/tooling/server.ts replaces this module in a bundle, whose package.json is
// elsewhere.
import { readFileSync } from "node:fs"
import { join } from "node:path"

export const version = (): string =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")).version
