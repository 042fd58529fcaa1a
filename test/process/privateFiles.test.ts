// Files of DATA_DIR are readable by their owner only, under any umask and for existing files.
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { makeClient } from "../http/client.ts"
import { makeWorkspace } from "./support.ts"

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const open = (directory: string) =>
  readdirSync(directory)
    .map((name) => [name, modeOf(join(directory, name))] as const)
    .filter(([, mode]) => !/^[67]00$/.test(mode))

it("creates a directory and files that no one else can read", async () => {
  const { directory, serve } = makeWorkspace(onTestFinished)
  const DATA_DIR = join(directory, "new", "data")
  await makeClient((await serve({ DATA_DIR })).url).newList()
  expect([modeOf(DATA_DIR), readdirSync(DATA_DIR).includes("evenstar.db"), open(DATA_DIR)]).toEqual(["700", true, []])
})

it("restricts existing readable files and leaves those of other users", async () => {
  const { directory, serve } = makeWorkspace(onTestFinished)
  const DATA_DIR = join(directory, "data")
  mkdirSync(DATA_DIR)
  const first = await serve({ DATA_DIR })
  await makeClient(first.url).newList()
  await first.stop("SIGTERM")
  for (const name of readdirSync(DATA_DIR)) chmodSync(join(DATA_DIR, name), 0o644)
  chmodSync(DATA_DIR, 0o755)
  const second = await serve({ DATA_DIR })
  expect([modeOf(DATA_DIR), open(DATA_DIR)]).toEqual(["700", []])
  await second.stop("SIGTERM")

  writeFileSync(join(DATA_DIR, "notes"), "")
  chmodSync(join(DATA_DIR, "notes"), 0o644)
  chmodSync(DATA_DIR, 0o755)
  await serve({ DATA_DIR })
  expect([modeOf(DATA_DIR), open(DATA_DIR)]).toEqual(["755", [["notes", "644"]]])
})
