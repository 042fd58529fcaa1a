// Both modes of the Assets service on a temporary folder.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Assets } from "../../../src/layers/assets/Assets.ts"
import { readAll } from "../../../src/layers/assets/assetFiles.ts"

let directory: string
const write = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content)
const manifest = (index = "index.0a1b2c3d.js") =>
  JSON.stringify({
    "index.ts": { file: index, css: ["style.css"], imports: ["shared.js"], integrity: "sha384-index" },
    "style.css": { file: "style.css", integrity: "sha384-style" },
    "shared.js": { file: "shared.js", integrity: "sha384-shared" }
  })

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "evenstar-")), "dist")
  mkdirSync(join(directory, "folder"), { recursive: true })
  write("manifest.json", manifest())
  write("index.0a1b2c3d.js", "index")
  write("style.css", "style")
  write("shared.js", "shared")
  write("index.0a1b2c3d.js.gz", gzipSync("index"))
  write("index.0a1b2c3d.js.map", "{}")
  write("robots.txt", "plain")
  write("folder/inside.js", "inside")
  write("../secret.js", "secret")
  write(".hidden.js", "hidden")
  symlinkSync(join(directory, "../secret.js"), join(directory, "link.js"))
  symlinkSync("index.0a1b2c3d.js", join(directory, "alias.js"))
})
afterEach(() => rmSync(join(directory, ".."), { recursive: true }))

const constants = () => Assets.constants(readAll(directory))
const folder = () => Effect.succeed(Assets.folder(directory))

const escapes = [
  "",
  ".",
  "..",
  "../secret.js",
  "..%2fsecret.js",
  "..\\secret.js",
  "folder",
  "folder/inside.js",
  "./index.0a1b2c3d.js",
  "/index.0a1b2c3d.js",
  "index.0a1b2c3d.js\0",
  "index.0a1b2c3d.js/",
  ".hidden.js",
  "link.js",
  "nothing.js",
  "constructor",
  "__proto__"
]

describe.each([
  ["production", constants],
  ["development", folder]
])("%s", (_, make) => {
  it("finds a file, its type, and whether its name contains its hash", async () => {
    const { find } = await Effect.runPromise(make())
    const index = find("index.0a1b2c3d.js")
    expect(index).toMatchObject({ contentType: "text/javascript; charset=utf-8", isHashed: true })
    expect(index?.content.toString()).toBe("index")
    expect(find("index.0a1b2c3d.js.map")).toMatchObject({ contentType: "application/json", isHashed: false })
    expect(find("robots.txt")).toMatchObject({ contentType: "text/plain; charset=utf-8", isHashed: false })
    expect(find("robots.txt")?.tag).not.toBe(index?.tag)
  })

  it.each(escapes)("finds nothing for %j", async (name) => {
    const { find } = await Effect.runPromise(make())
    expect(find(name)).toBeUndefined()
  })

  it("resolves logical names by the manifest", async () => {
    const { assetUrl, page } = await Effect.runPromise(make())
    expect((await Effect.runPromise(assetUrl("index.ts")))()).toBe("/static/index.0a1b2c3d.js")
    const { preloads, scripts, styles } = (await Effect.runPromise(page("index.ts")))()
    expect(scripts[0]).toEqual({ url: "/static/index.0a1b2c3d.js", integrity: "sha384-index" })
    expect(styles).toEqual([{ url: "/static/style.css", integrity: "sha384-style" }])
    expect(preloads).toEqual([{ url: "/static/shared.js", integrity: "sha384-shared" }])
  })
})

describe("production", () => {
  const fails = (effect: Effect.Effect<unknown, { readonly _tag: string; readonly message: string }>) =>
    Effect.runPromise(Effect.flip(effect))

  it("reads no files after the start", async () => {
    const { find, page } = await Effect.runPromise(constants())
    rmSync(directory, { recursive: true })
    expect(find("robots.txt")?.content.toString()).toBe("plain")
    expect(find("index.0a1b2c3d.js")?.copies.gzip).toEqual(gzipSync("index"))
    expect((await Effect.runPromise(page("index.ts")))().scripts).toHaveLength(1)
  })

  it("refuses to start with a missing, invalid or incomplete manifest", async () => {
    const start = Effect.suspend(constants)
    const lacks = await fails(Effect.flatMap(start, ({ assetUrl }) => assetUrl("other.ts")))
    expect([lacks._tag, lacks.message]).toEqual(["StartFailed", expect.stringContaining("other.ts")])
    expect((await fails(Effect.flatMap(start, ({ page }) => page("other.ts")))).message).toContain("other.ts")
    rmSync(join(directory, "style.css"))
    expect((await fails(start)).message).toContain("style.css")
    write("manifest.json", "{")
    expect((await fails(start)).message).toContain("manifest.json")
    rmSync(join(directory, "manifest.json"))
    expect((await fails(start)).message).toContain("npm run build:assets")
  })

  it("does not serve compressed copies as files of their own", async () => {
    const { find } = await Effect.runPromise(constants())
    expect(find("index.0a1b2c3d.js.gz")).toBeUndefined()
  })
})

describe("development", () => {
  it("reads changed files and accepts names that the manifest lacks", async () => {
    const { assetUrl, find, page } = Assets.folder(directory)
    const url = await Effect.runPromise(assetUrl("index.ts"))
    const other = await Effect.runPromise(page("other.ts"))
    write("manifest.json", manifest("index.99999999.js"))
    write("index.99999999.js", "newer")
    expect(url()).toBe("/static/index.99999999.js")
    expect(find("index.99999999.js")?.content.toString()).toBe("newer")
    expect(other().scripts[0]?.url).toBe("/static/other.ts")
    rmSync(join(directory, "manifest.json"))
    expect(url()).toBe("/static/index.ts")
  })

  it("emits the files of each build", async () => {
    const { builds } = Assets.folder(directory)
    expect(builds?.files()).toMatchObject({ "index.ts": "index.0a1b2c3d.js" })
    const heard = Effect.runFork(Stream.runCollect(Stream.take(builds?.changes ?? Stream.empty, 1)))
    // The watcher starts with the fiber: rebuilds until the first notification arrives.
    const written = setInterval(() => write("manifest.json", manifest("index.99999999.js")), 5)
    const changes = await Effect.runPromise(Fiber.join(heard))
    clearInterval(written)
    expect(Chunk.size(changes)).toBe(1)
    expect(builds?.files()).toMatchObject({ "index.ts": "index.99999999.js" })
  })

  it("follows links within the folder and starts without a folder", async () => {
    expect(Assets.folder(directory).find("alias.js")?.content.toString()).toBe("index")
    const nowhere = Assets.folder(join(directory, "nowhere"))
    expect(nowhere.find("index.0a1b2c3d.js")).toBeUndefined()
    expect(nowhere.builds?.files()).toEqual({})
    await Effect.runPromise(Effect.scoped(Effect.forkScoped(Stream.runDrain(nowhere.builds?.changes ?? Stream.empty))))
  })
})
