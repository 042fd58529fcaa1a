// Assets that releases share, in a folder and in PostgreSQL.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { Assets } from "../../../src/layers/assets/Assets.ts"
import { announceEvery, kept, makePruning } from "../../../src/layers/assets/pruning.ts"
import { make } from "../../../src/layers/assets/SharedAssets.ts"
import * as Folder from "../../../src/layers/assets/SharedAssetsFolder.ts"
import * as SharedAssetsPostgres from "../../../src/layers/assets/SharedAssetsPostgres.ts"
import {
  digestOf,
  isHashedName,
  maxBytes,
  maxFileBytes,
  type SharedAssetEntry,
  type SharedAssetStore,
  SharedAssetsFailed
} from "../../../src/layers/assets/sharedAssetStore.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { steps } from "../../steppedClock.ts"
import { settings, temporaryDirectory } from "../../support.ts"

const text = "a script that says the same again and again; ".repeat(20)
/** A release's files as the build writes them. */
const release = (hash: string, content = `${text}${hash}`) =>
  new Map<string, Uint8Array>([
    [`index.${hash}.js`, Buffer.from(content)],
    [`index.${hash}.js.br`, brotliCompressSync(content)],
    [`index.${hash}.js.gz`, gzipSync(content)]
  ])
const noFiles = new Map<string, Uint8Array>()

/** A running release that has stored its files. */
const runRelease = (shelf: SharedAssetStore, files: ReadonlyMap<string, Uint8Array>) =>
  Effect.tap(make(shelf, files), ({ announced }) => announced)

const contract = (name: string, place: Effect.Effect<SharedAssetStore, never, Scope.Scope>) =>
  describe(name, () => {
    it.scopedLive("serves another release's file with its compressed copies as that release would", () =>
      Effect.gen(function* () {
        const shelf = yield* place
        const files = release("0a1b2c3d")
        const newer = yield* runRelease(shelf, release("9z9z9z9z"))
        yield* runRelease(shelf, files)
        const own = (yield* Assets.constants(
          new Map([...files, ["manifest.json", Buffer.from('{"index.ts":{"file":"index.0a1b2c3d.js"}}')]])
        )).find("index.0a1b2c3d.js")
        expect(yield* newer.find("index.0a1b2c3d.js")).toEqual(own)
        expect(own).toMatchObject({ isHashed: true, contentType: "text/javascript; charset=utf-8" })
        // A compressed copy is not a file of its own.
        expect(yield* newer.find("index.0a1b2c3d.js.br")).toBeUndefined()
      })
    )

    it.scopedLive("finds a file as soon as it is stored, even after an earlier miss", () =>
      Effect.gen(function* () {
        const shelf = yield* place
        const older = yield* runRelease(shelf, release("0a1b2c3d"))
        expect(yield* older.find("index.9z9z9z9z.js")).toBeUndefined()
        yield* runRelease(shelf, release("9z9z9z9z"))
        expect((yield* older.find("index.9z9z9z9z.js"))?.content.toString()).toBe(`${text}9z9z9z9z`)
      })
    )

    it.scopedLive("stores the files of two instances or a restart of one release once", () =>
      Effect.gen(function* () {
        const shelf = yield* place
        yield* Effect.all([runRelease(shelf, release("0a1b2c3d")), runRelease(shelf, release("0a1b2c3d"))], {
          concurrency: "unbounded"
        })
        const before = yield* shelf.entries
        yield* runRelease(shelf, release("0a1b2c3d"))
        const after = yield* shelf.entries
        expect([before.length, after.length]).toEqual([3, 3])
        expect(Math.min(...after.map((it) => it.announcedAt))).toBeGreaterThanOrEqual(
          Math.max(...before.map((it) => it.announcedAt))
        )
      })
    )

    it.scopedLive("does not read a file that is too large", () =>
      Effect.gen(function* () {
        const shelf = yield* place
        yield* shelf.put([
          {
            name: "index.0a1b2c3d.js",
            digest: digestOf(Buffer.alloc(maxFileBytes + 1)),
            content: Buffer.alloc(maxFileBytes + 1)
          }
        ])
        const { find } = yield* runRelease(shelf, noFiles)
        expect(yield* find("index.0a1b2c3d.js")).toBeUndefined()
      })
    )

    it.scopedLive("does not find a removed file", () =>
      Effect.gen(function* () {
        const shelf = yield* place
        yield* runRelease(shelf, release("0a1b2c3d"))
        yield* shelf.remove(yield* shelf.keys)
        expect([yield* shelf.keys, yield* shelf.entries]).toEqual([[], []])
      })
    )
  })

contract(
  "in a folder",
  Effect.map(temporaryDirectory, (directory) => Folder.make(join(directory, "assets")))
)

describe.skipIf(isSkipped)("in PostgreSQL", () => {
  const { database } = postgresForFile()
  contract(
    "nodes",
    Effect.promise(database).pipe(
      Effect.flatMap((DATABASE_URL) =>
        Layer.build(PostgresBackend.layer.pipe(Layer.provide(settings({ DATABASE_URL }))))
      ),
      Effect.flatMap((context) => Effect.provide(Postgres, context)),
      Effect.map(Option.getOrThrow),
      Effect.flatMap(SharedAssetsPostgres.make),
      Effect.orDie
    )
  )
})

describe("folder contents are untrusted", () => {
  const name = "index.0a1b2c3d.js"
  const place = Effect.map(temporaryDirectory, (parent) => {
    const directory = join(parent, "assets")
    return { parent, directory, shelf: Folder.make(directory) }
  })
  const fileOf = (directory: string) =>
    join(directory, readdirSync(directory).find((it) => it.startsWith(`${name}@`)) ?? "")

  it.scopedLive("does not serve a file whose content does not match its hash; its release restores it", () =>
    Effect.gen(function* () {
      const { directory, shelf } = yield* place
      yield* runRelease(shelf, release("0a1b2c3d"))
      const file = fileOf(directory)
      writeFileSync(file, "alert(1)")
      const { find } = yield* runRelease(shelf, noFiles)
      expect(yield* find(name)).toBeUndefined()
      expect(existsSync(file)).toBe(false)
      yield* runRelease(shelf, release("0a1b2c3d"))
      expect(yield* find(name)).toBeDefined()
    })
  )

  it.scopedLive("rewrites a file truncated by a power failure", () =>
    Effect.gen(function* () {
      const { directory, shelf } = yield* place
      yield* runRelease(shelf, release("0a1b2c3d"))
      truncateSync(fileOf(directory), 0)
      yield* runRelease(shelf, release("0a1b2c3d"))
      expect(yield* (yield* runRelease(shelf, noFiles)).find(name)).toBeDefined()
    })
  )

  it.scopedLive("ignores links, folders, other names and other types", () =>
    Effect.gen(function* () {
      const { directory, parent, shelf } = yield* place
      mkdirSync(directory)
      const secret = Buffer.from("secret")
      writeFileSync(join(parent, "secret"), secret)
      symlinkSync("../secret", join(directory, `${name}@${digestOf(secret)}`))
      mkdirSync(join(directory, `folder.0a1b2c3d.js@${digestOf(secret)}`))
      for (const other of [
        "page.0a1b2c3d.html",
        "index.js",
        "evenstar.db",
        "data.0a1b2c3d.json",
        "index.0a1b2c3d.js.map"
      ])
        writeFileSync(join(directory, `${other}@${digestOf(secret)}`), secret)
      writeFileSync(join(directory, name), secret)
      writeFileSync(join(directory, `${name}@../../secret`.replaceAll("/", "_")), secret)
      expect(yield* shelf.keys).toEqual([])
      const { find } = yield* runRelease(shelf, noFiles)
      for (const asked of [
        name,
        "folder.0a1b2c3d.js",
        "page.0a1b2c3d.html",
        "index.js",
        "../secret",
        `${name}@${digestOf(secret)}`
      ])
        expect(yield* find(asked)).toBeUndefined()
    })
  )

  it.scopedLive("is private to the process's user and removes unfinished files", () =>
    Effect.gen(function* () {
      const { directory, shelf } = yield* place
      yield* runRelease(shelf, release("0a1b2c3d"))
      expect([statSync(directory).mode & 0o777, statSync(fileOf(directory)).mode & 0o777]).toEqual([0o700, 0o600])
      expect(readdirSync(directory).filter((it) => it.startsWith("."))).toEqual([])
    })
  )

  it.scopedLive("serves without storing when the folder is read-only, and warns once", () =>
    Effect.gen(function* () {
      const parent = mkdtempSync(join(tmpdir(), "evenstar-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(parent, { recursive: true })))
      // A file in the folder's place: not even root can write there.
      writeFileSync(join(parent, "assets"), "")
      chmodSync(parent, 0o500)
      const lines: Array<string> = []
      const logger = Logger.map(Logger.logfmtLogger, (line) => void lines.push(line))
      yield* Effect.gen(function* () {
        const { find } = yield* runRelease(Folder.make(join(parent, "assets")), release("0a1b2c3d"))
        for (let n = 0; n < 3; n++) expect(yield* find("index.9z9z9z9z.js")).toBeUndefined()
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      expect(lines.filter((line) => line.includes("level=WARN"))).toHaveLength(1)
    })
  )
})

describe("names", () => {
  it.each(["index.0a1b2c3d.js", "style.A-_zZ019.css", "a.b.0a1b2c3d.woff2", "favicon.d26806a2.svg"])(
    "accepts %s",
    (name) => {
      expect(isHashedName(name)).toBe(true)
    }
  )
  it.each([
    "",
    "index.js",
    "index.0a1b2c3.js",
    "index.0a1b2c3d.html",
    "index.0a1b2c3d.js.map",
    "../index.0a1b2c3d.js",
    "a/index.0a1b2c3d.js",
    "index.0a1b2c3d.js\0",
    "index.0a1b2c3d.js\n",
    ".0a1b2c3d.js",
    "constructor",
    `${"a".repeat(100)}.0a1b2c3d.js`
  ])("rejects %j", (name) => {
    expect(isHashedName(name)).toBe(false)
  })
})

describe("unknown names", () => {
  const counting = () => {
    const counts = { keys: 0, read: 0 }
    const shelf: SharedAssetStore = {
      keys: Effect.sync(() => {
        counts.keys++
        return [{ name: "index.0a1b2c3d.js", digest: digestOf(Buffer.from("x")) }]
      }),
      entries: Effect.succeed([]),
      now: Effect.succeed(0),
      read: () =>
        Effect.sync(() => {
          counts.read++
          return Buffer.from("x")
        }),
      put: () => Effect.void,
      remove: () => Effect.void
    }
    return { counts, shelf }
  }
  const names = (count: number) => Array.from({ length: count }, (_, n) => `index.${String(n).padStart(8, "0")}.js`)

  it.scoped("look a thousand unknown names up at most once per tenth of a second", () =>
    Effect.gen(function* () {
      const { counts, shelf } = counting()
      const { find } = yield* make(shelf, noFiles)
      const asking = (some: ReadonlyArray<string>) =>
        Effect.forEach(some, (name) => Effect.fork(find(name)), { discard: true })
      yield* asking(names(1000))
      yield* TestClock.adjust("1 millis")
      expect(counts.keys).toBe(1)
      for (let n = 0; n < 98; n++) {
        yield* asking(names(10))
        yield* TestClock.adjust("1 millis")
      }
      expect(counts.keys).toBe(1)
      yield* TestClock.adjust("1 millis")
      expect(counts.keys).toBe(2)
      // Names of another shape are not looked up.
      yield* TestClock.adjust("1 second")
      for (const name of ["index.js", "x", "../index.0a1b2c3d.js"]) expect(yield* find(name)).toBeUndefined()
      expect(counts.keys).toBe(2)
    })
  )

  it.scoped("read another release's file once for concurrent requests", () =>
    Effect.gen(function* () {
      const { counts, shelf } = counting()
      const { find } = yield* make(shelf, noFiles)
      yield* Effect.fork(find("index.0a1b2c3d.js"))
      yield* TestClock.adjust("1 millis")
      yield* Effect.forEach(names(100), () => find("index.0a1b2c3d.js"), { concurrency: "unbounded" })
      expect(counts).toEqual({ keys: 1, read: 1 })
    })
  )

  it.scoped("serve a release's own files when the shelf fails or hangs", () =>
    Effect.gen(function* () {
      const failing = new SharedAssetsFailed({ reason: "the disk is full", cause: undefined })
      const { shelf } = counting()
      const broken = { ...shelf, keys: failing, put: () => failing }
      const { announced, find } = yield* make(broken, noFiles)
      yield* announced
      const asked = yield* Effect.fork(find("index.0a1b2c3d.js"))
      yield* TestClock.adjust("1 second")
      expect(yield* asked).toBeUndefined()
      const hangs = yield* make({ ...shelf, put: () => Effect.never }, noFiles)
      const waiting = yield* Effect.fork(hangs.announced)
      yield* TestClock.adjust("1 second")
      expect(yield* waiting).toBeUndefined()
    })
  )
})

describe("pruning", () => {
  const entry = (name: string, announcedAt: number, bytes = 1): SharedAssetEntry => ({
    name,
    digest: "",
    bytes,
    announcedAt
  })
  const start = 100 * 86_400_000

  it("removes files not announced for a week, never the release's own", () => {
    const prune = makePruning(({ name }) => name === "own")
    const entries = [entry("own", start - 2 * kept), entry("old", start - kept - 1), entry("young", start - kept + 1)]
    expect(prune(entries, start, 0)).toEqual([])
    expect(prune(entries, start, 2 * announceEvery).map(({ name }) => name)).toEqual(["old"])
  })

  it.each(steps)("keeps files announced every hour when the clock is set %s", (_, millis) => {
    const prune = makePruning(() => false)
    let [now, announcedAt] = [start, start]
    for (let hour = 0; hour < 400; hour++) {
      if (hour === 200) now += millis
      expect(prune([entry("alive", announcedAt)], now, hour * announceEvery)).toEqual([])
      announcedAt = now
      now += announceEvery
    }
  })

  it("removes the least recently announced files beyond the limit", () => {
    const prune = makePruning(({ name }) => name === "own")
    const some = [
      entry("oldest", start - 3, maxBytes / 2),
      entry("own", start - 9, maxBytes / 4),
      entry("newest", start - 1, maxBytes / 4),
      entry("older", start - 2, maxBytes / 2)
    ]
    expect(prune(some, start, 0).map(({ name }) => name)).toEqual(["oldest"])
  })
})
