// Where the built browser files are: in `static/dist` of the application. From its own sources that
// is Evenstar's repository; as a package, the folder of the program that was started, not of the
// package.
import { existsSync } from "node:fs"
import { dirname, extname, join } from "node:path"

/** The application's folder above a file of it, or of a package that it depends on. */
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
