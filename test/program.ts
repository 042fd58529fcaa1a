// Programs that tests need and that are no npm packages: from `.tools/NAME/bin`, where .ci/run puts some, from the PATH, or from
// where Debian keeps servers.
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

/** Debian keeps the servers of several versions beside each other, and none of them on the PATH. The newest first. */
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

/** Says that tests are left out, and whether they are: under CI they run, and fail. */
export const leftOut = (name: string, why: string) => {
  const mayBeLeftOut = process.env["CI"] !== "true"
  if (mayBeLeftOut) process.stdout.write(`The tests of ${name} are left out: ${why}\n`)
  return mayBeLeftOut
}

/** Where the program is missing, its tests are left out, which is said with `remedy`; under CI they fail. */
export const program = (name: string, remedy: string) => {
  const tools = join(import.meta.dirname, "../.tools", name, "bin")
  const path = [tools, ...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", ...postgresDirectories()]
    .map((directory) => join(directory, name))
    .find(isExecutable)
  const mayBeLeftOut = path === undefined && leftOut(name, `it is not here (${remedy})`)
  return { path: path ?? name, mayBeLeftOut }
}

/** The environment of a program of PyPI's, which is installed in a place of its own; `modules` are folders that it imports from too. */
export const withItsModules = (path: string, ...modules: ReadonlyArray<string>) => ({
  ...process.env,
  PATH: [process.env["PATH"], dirname(path)].join(delimiter),
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONPATH: [dirname(dirname(path)), ...modules].join(delimiter)
})
