// Before all tests: the program as `npm run build` makes it, for the tests that start processes. It starts several times sooner than its
// sources do, and is what runs in production.
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { dist as assets, buildAssets, web } from "../build/assets.ts"
import { bundleServer, dist } from "../build/server.ts"

export default async () => {
  const directory = join(dist, `test-${process.pid}`)
  mkdirSync(directory, { recursive: true })
  await buildAssets({ from: web, to: assets, compressed: true })
  await bundleServer({ directory, format: "esm" })
  process.env["EVENSTAR"] = join(directory, "evenstar.js")
  return () => rmSync(directory, { recursive: true })
}
