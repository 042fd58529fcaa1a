// The program as `npm run build` makes it, for the tests that start processes. It starts several times sooner than its sources do,
// and is what runs in production. Once a run: the first project that needs it makes it for the others.
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { dist as assets, buildAssets, web } from "../build/assets.ts"
import { bundleServer, dist } from "../build/server.ts"

export default async () => {
  if (process.env["EVENSTAR"] !== undefined) return
  const directory = join(dist, `test-${process.pid}`)
  const program = join(directory, "evenstar.js")
  process.env["EVENSTAR"] = program
  mkdirSync(directory, { recursive: true })
  await buildAssets({ from: web, to: assets, compressed: true })
  await bundleServer({ directory, format: "esm" })
  return () => rmSync(directory, { recursive: true })
}
