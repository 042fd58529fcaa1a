// Debian's `faketime`: a process that loads it has a clock of its own.
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"

/** Its directory is named for the machine's architecture; undefined where it is not here. */
export const faketime = (existsSync("/usr/lib") ? readdirSync("/usr/lib") : [])
  .map((name) => join("/usr/lib", name, "faketime/libfaketime.so.1"))
  .find((path) => existsSync(path))
