// Debian's `faketime` library gives a process its own clock.
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"

/** Its directory depends on the architecture; undefined where it is missing. */
export const faketime = (existsSync("/usr/lib") ? readdirSync("/usr/lib") : [])
  .map((name) => join("/usr/lib", name, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path))
