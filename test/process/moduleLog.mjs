// Before all else with --import: writes down each module that the process loads, into the file that MODULE_LOG names. Plain JavaScript:
// it runs before anything that could read more.
import { appendFileSync } from "node:fs"
import { createRequire, register } from "node:module"
import { isMainThread } from "node:worker_threads"

const log = (...modules) => appendFileSync(process.env.MODULE_LOG, modules.map((module) => `${module}\n`).join(""))

/** Asked by Node, in a thread of its own. */
export const resolve = async (specifier, context, next) => {
  const resolved = await next(specifier, context)
  log(resolved.url)
  return resolved
}

if (isMainThread) {
  register(import.meta.url)
  // What CommonJS loads doesn't ask.
  process.on("exit", () => log(...Object.keys(createRequire(import.meta.url).cache)))
}
