// Packing this checkout builds the package's `lib` and the browser files first. A run's first test
// that packs does so; the others pack what that one has built.
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { vi } from "vitest"

/** In the run's folder (test/bundle.ts), named for its process: later runs build again. */
const mark = join(dirname(process.env["EVENSTAR"] ?? ""), `packed-${process.ppid}`)

/** Runs a command that packs, with the environment that it needs. */
export const packing = async <A>(pack: (env: Record<string, string>) => Promise<A>): Promise<A> => {
  const isFirst = mkdirSync(mark, { recursive: true }) !== undefined
  const built = join(mark, "built")
  if (!isFirst) {
    await vi.waitUntil(() => existsSync(built), { timeout: 240_000, interval: 250 })
    return pack({ npm_config_ignore_scripts: "true" })
  }
  const packed = await pack({})
  writeFileSync(built, "")
  return packed
}
