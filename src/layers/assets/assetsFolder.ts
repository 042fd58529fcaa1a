// Location of the built browser files: `static/dist` of the application. The application is the
// repository when Evenstar runs from its own sources, and the folder of the started program when it
// is a dependency.
import { existsSync } from "node:fs"
import { dirname, extname, join } from "node:path"

/** The root folder of the application that contains the file, or depends on the file's package. */
const rootOf = (file: string): string | undefined => {
  const [own = ""] = file.split(/[\\/]node_modules[\\/]/)
  const from = own === file ? dirname(file) : own
  let folder = from
  while (!existsSync(join(folder, "package.json"))) {
    if (dirname(folder) === folder) return undefined
    folder = dirname(folder)
  }
  return folder
}

export const place = (started = process.argv[1]): string => {
  const isSource = extname(import.meta.filename) === ".ts"
  const root = isSource ? join(import.meta.dirname, "../../..") : (rootOf(started ?? "") ?? process.cwd())
  return join(root, "static/dist")
}
