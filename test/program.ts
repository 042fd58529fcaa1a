// Programs that tests need and that are no npm packages: from `.tools/NAME/bin`, where .ci/run puts some, or from the PATH.
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const isExecutable = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where the program is missing, its tests are left out, which is said with `remedy`; under CI they fail. */
export const program = (name: string, remedy: string) => {
  const tools = join(import.meta.dirname, "../.tools", name, "bin")
  const path = [tools, ...(process.env["PATH"] ?? "").split(delimiter)]
    .map((directory) => join(directory, name))
    .find(isExecutable)
  const mayBeLeftOut = path === undefined && process.env["CI"] !== "true"
  if (mayBeLeftOut) process.stdout.write(`The tests of ${name} are left out: it is not here (${remedy})\n`)
  return { path: path ?? name, mayBeLeftOut }
}
