// Programs that tests need and npm does not provide: from `.tools/NAME/bin`, where .ci/run installs
// some, from the PATH, or from Debian's server directories.
import { accessSync, constants, readdirSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"

const isExecutable = (file: string) => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Debian installs servers of several versions side by side, outside the PATH. The newest first. */
const postgresDirectories = () => {
  const root = "/usr/lib/postgresql"
  try {
    return readdirSync(root)
      .sort((one, other) => Number(other) - Number(one))
      .map((version) => join(root, version, "bin"))
  } catch {
    return []
  }
}

/** Prints that tests are skipped; returns whether they are. Under CI they run and fail. */
export const skipWithNotice = (name: string, why: string) => {
  const isSkipped = process.env["CI"] !== "true"
  if (isSkipped) process.stdout.write(`Skipping the tests of ${name}: ${why}\n`)
  return isSkipped
}

/** Skips tests of a missing program and prints `remedy`; under CI they fail. */
export const program = (name: string, remedy: string) => {
  const tools = join(import.meta.dirname, "../.tools", name, "bin")
  const path = [tools, ...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", ...postgresDirectories()]
    .map((directory) => join(directory, name))
    .find(isExecutable)
  const isSkipped = path === undefined && skipWithNotice(name, `not installed (${remedy})`)
  return { path: path ?? name, isSkipped }
}

/** The environment of a PyPI program in its own directory; `modules` are further import folders. */
export const withItsModules = (path: string, ...modules: ReadonlyArray<string>) => ({
  ...process.env,
  PATH: [process.env["PATH"], dirname(path)].join(delimiter),
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONPATH: [dirname(dirname(path)), ...modules].join(delimiter)
})
