// Builds the program as `npm run build` does, for tests that start processes: it starts several
// times faster than the sources and is what production runs. Built once per run, by the first
// project that needs it.
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
