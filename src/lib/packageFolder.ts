// The nearest folder with a package.json, from a folder upwards.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

/** Undefined if neither the folder nor one above it has a package.json. */
export const packageFolder = (folder: string): string | undefined => {
  if (existsSync(join(folder, "package.json"))) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : packageFolder(parent)
}
