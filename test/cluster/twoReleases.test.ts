// Two releases on one directory or database: pages of both load, whichever node serves the files.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildAssets } from "../../src/tooling/assets.ts"
import { projectAt } from "../../src/tooling/project.ts"
import { bundleServer } from "../../src/tooling/server.ts"
import { startProcess } from "../http/server.ts"
import { makeWorkspace, unlimited } from "../process/support.ts"
import { isSkipped } from "../servers/postgres.ts"
import { postgresForFile } from "../servers/postgresForFile.ts"

const project = projectAt()
/** Inside the project, so that the build resolves its packages. */
const releaseDirectory = join(project.dist, `release-${process.pid}`)
const release = join(releaseDirectory, "evenstar.js")

beforeAll(async () => {
  const sources = join(releaseDirectory, "web")
  const assets = join(releaseDirectory, "assets")
  mkdirSync(releaseDirectory, { recursive: true })
  cpSync(join(project.root, "web"), sources, { recursive: true, filter: (path) => !path.endsWith("tsconfig.json") })
  for (const name of ["index.ts", "style.css"]) {
    const source = readFileSync(join(sources, name), "utf8")
    writeFileSync(
      join(sources, name),
      name.endsWith(".ts") ? `${source}\nwindow.name ||= "next"\n` : `${source}\nb { top: 7px }\n`
    )
  }
  await buildAssets({ from: [sources], to: assets, compressed: true })
  await bundleServer({ project, directory: releaseDirectory, assets, format: "esm" })
}, 120_000)
afterAll(() => rmSync(releaseDirectory, { recursive: true, force: true }))

/** The URLs of a page and of all that it loads. */
const filesOf = async (url: string) => {
  const html = await (await fetch(`${url}/`)).text()
  return [...new Set([...html.matchAll(/\/static\/[^"' ]+/g)].map(([path]) => path))]
}
const comparedHeaders = ["cache-control", "content-encoding", "content-length", "content-type", "etag", "vary"]
const load = async (url: string, path: string, encoding: string) => {
  const answer = await fetch(`${url}${path}`, { headers: { "accept-encoding": encoding } })
  const body = Buffer.from(await answer.arrayBuffer()).toString()
  return [answer.status, body, ...comparedHeaders.map((name) => answer.headers.get(name))]
}
const isReady = async (url: string) => (await fetch(`${url}/health/ready`)).status

/** Loads each release's page and its files from either node. */
const expectLoads = async (older: string, newer: string) => {
  expect([await isReady(older), await isReady(newer)]).toEqual([200, 200])
  const [before, after] = [await filesOf(older), await filesOf(newer)]
  const differing = after.filter((path) => !before.includes(path))
  expect(differing.map((path) => path.split(".").at(-1)).sort()).toEqual(expect.arrayContaining(["css", "js"]))
  for (const encoding of ["br", "gzip", "identity"]) {
    for (const path of before) expect(await load(newer, path, encoding)).toEqual(await load(older, path, encoding))
    for (const path of after) expect(await load(older, path, encoding)).toEqual(await load(newer, path, encoding))
  }
  const [path = ""] = differing
  const etag = (await fetch(`${older}${path}`)).headers.get("etag") ?? ""
  const again = await fetch(`${older}${path}`, { headers: { "if-none-match": etag } })
  expect([again.status, (await fetch(`${older}${path.replace(/\.\w{8}\./, ".00000000.")}`)).status]).toEqual([304, 404])
  expect((await fetch(`${older}${path}.map`)).status).toBe(404)
  return { before, after }
}

describe("two releases", { timeout: 120_000 }, () => {
  it("serve each other's files on one DATA_DIR, also after one release has stopped", async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    const env = { ...unlimited, NODE_ENV: "production" }
    const older = await serve({ NODE_ENV: "production" })
    const newer = await startProcess(directory, env, { release })
    onTestFinished(() => void newer.child.kill("SIGKILL"))
    const { before } = await expectLoads(older.url, newer.url)
    expect(await older.stop("SIGTERM")).toBe(0)
    for (const path of before) expect((await fetch(`${newer.url}${path}`)).status).toBe(200)
    const shelf = join(directory, "assets")
    expect(statSync(shelf).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(shelf)) expect(name).toMatch(/^[\w.-]+@[0-9a-f]{64}$/)
    expect(readdirSync(shelf).filter((name) => name.includes(".map"))).toEqual([])
    expect(await newer.stop("SIGTERM")).toBe(0)
  })

  it("serve their own files when the asset shelf is read-only", async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    symlinkSync("/proc/nowhere", join(directory, "assets"))
    const { stop, url } = await serve({ NODE_ENV: "production" })
    expect(await isReady(url)).toBe(200)
    for (const path of await filesOf(url)) expect((await fetch(`${url}${path}`)).status).toBe(200)
    expect((await fetch(`${url}/static/index.00000000.js`)).status).toBe(404)
    expect(await stop("SIGTERM")).toBe(0)
  })
})

describe.skipIf(isSkipped)("two releases on PostgreSQL", { timeout: 120_000 }, () => {
  const { database } = postgresForFile()

  it("serve each other's files with separate directories", async ({ onTestFinished }) => {
    const DATABASE_URL = await database()
    const [here, there] = [makeWorkspace(onTestFinished), makeWorkspace(onTestFinished)]
    const older = await here.serve({ NODE_ENV: "production", DATABASE_URL })
    const env = { ...unlimited, NODE_ENV: "production", DATABASE_URL }
    const newer = await startProcess(there.directory, env, { release })
    onTestFinished(() => void newer.child.kill("SIGKILL"))
    await expectLoads(older.url, newer.url)
    expect([await older.stop("SIGTERM"), await newer.stop("SIGTERM")]).toEqual([0, 0])
  })
})
