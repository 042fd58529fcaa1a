// Location of the built browser files: `static/dist` of the application. The application is the
// repository when Evenstar runs from its own sources, and the folder of the started program when it
// is a dependency.
import { dirname, extname, join } from "node:path"
import { packageFolder } from "../../lib/packageFolder.ts"

/** The root folder of the application that contains the file, or depends on the file's package. */
const rootOf = (file: string): string | undefined => {
  // Not the file's own package: the one that depends on it.
  const [own = ""] = file.split(/[\\/]node_modules[\\/]/)
  return packageFolder(own === file ? dirname(file) : own)
}

export const assetsFolder = (started = process.argv[1]): string => {
  const isSource = extname(import.meta.filename) === ".ts"
  const root = isSource ? join(import.meta.dirname, "../../..") : (rootOf(started ?? "") ?? process.cwd())
  return join(root, "static/dist")
}
