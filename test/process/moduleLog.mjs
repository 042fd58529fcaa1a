// For --import: appends each module that the process loads to the file MODULE_LOG. Plain JavaScript,
// since it runs before any TypeScript loader.
import { appendFileSync } from "node:fs"
import { createRequire, register } from "node:module"
import { isMainThread } from "node:worker_threads"

const log = (...modules) => appendFileSync(process.env.MODULE_LOG, modules.map((module) => `${module}\n`).join(""))

/** Called by Node in its loader thread. */
export const resolve = async (specifier, context, next) => {
  const resolved = await next(specifier, context)
  log(resolved.url)
  return resolved
}

if (isMainThread) {
  register(import.meta.url)
  // CommonJS bypasses the hook.
  process.on("exit", () => log(...Object.keys(createRequire(import.meta.url).cache)))
}
