// Builds the program as `npm run build` does, for tests that start processes: it starts several
// times faster than the sources and is what production runs. Built once per run, by the first
// project that needs it.
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { buildAssetsOf } from "../src/tooling/assets.ts"
import { projectAt } from "../src/tooling/project.ts"
import { bundleServer } from "../src/tooling/server.ts"

export default async () => {
  if (process.env["EVENSTAR"] !== undefined) return
  const project = projectAt()
  const directory = join(project.dist, `test-${process.pid}`)
  const program = join(directory, "evenstar.js")
  process.env["EVENSTAR"] = program
  // The first PostgreSQL of the run keeps a copy of its empty data directory there.
  process.env["EVENSTAR_POSTGRES"] = join(directory, "postgres")
  mkdirSync(directory, { recursive: true })
  await buildAssetsOf(project, true)
  await bundleServer({ project, directory, format: "esm" })
  return () => rmSync(directory, { recursive: true })
}
