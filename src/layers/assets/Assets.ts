// The built browser files. Production holds them in memory from the start; development reads the
// folder on each request.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { Settings } from "../node/Settings.ts"
import { StartFailed } from "../node/StartFailed.ts"
import { type Asset, fileChanges, inMemoryAssets, readAll, readOne } from "./assetFiles.ts"
import { assetsFolder } from "./assetsFolder.ts"
import { embedded } from "./embedded.ts"
import { filesOf, Manifest, type PageFiles, pageFiles, urlOf } from "./manifest.ts"
import { copiesOf, isSharedName } from "./sharedAssetStore.ts"

const manifestFile = "manifest.json"
/** Development script that reloads open pages; added to each page. */
const developing = "dev.ts"
const decode = Schema.decodeUnknownSync(Schema.parseJson(Manifest))

const failed = (what: string) => new StartFailed({ message: `${what}: run "npm run build:assets"` })

interface Service {
  /** Finds a file by its name under `/static/`. */
  readonly find: (file: string) => Asset | undefined
  /**
   * The URL of a logical name (`index.ts`), resolved while a Layer is built: in production a
   * missing name fails the start. In development it is looked up on each call.
   */
  readonly assetUrl: (name: string) => Effect.Effect<() => string, StartFailed>
  /** A page's entry script with its styles and imports. */
  readonly page: (script: string) => Effect.Effect<() => PageFiles, StartFailed>
  /** Hashed files and compressed copies to share with other releases. */
  readonly hashed?: ReadonlyMap<string, Uint8Array>
  /** Rebuilds, in development only. */
  readonly builds?: {
    /** Current files by logical name. */
    readonly files: () => Readonly<Record<string, string>>
    /** Emits after each build. */
    readonly changes: Stream.Stream<void>
  }
}

export class Assets extends Context.Tag("evenstar/Assets")<Assets, Service>() {
  /** Assets from files in memory, including the manifest. */
  static readonly constants = (files: ReadonlyMap<string, Uint8Array>): Effect.Effect<Service, StartFailed> =>
    Effect.gen(function* () {
      const written = files.get(manifestFile)
      if (written === undefined) return yield* failed(`The assets have no ${manifestFile}`)
      const manifest = yield* Effect.try({
        try: () => decode(Buffer.from(written).toString()),
        catch: () => failed(`${manifestFile} has an unknown format`)
      })
      const missing = filesOf(manifest).find((file) => !files.has(file))
      if (missing !== undefined) return yield* failed(`${manifestFile} names ${missing}, which does not exist`)
      const known = <A>(name: string, value: (manifest: Manifest, name: string) => A) =>
        manifest[name] === undefined
          ? Effect.fail(failed(`${manifestFile} has no ${name}`))
          : Effect.sync(() => {
              const found = value(manifest, name)
              return () => found
            })
      const named = new Set(filesOf(manifest).flatMap(copiesOf))
      return {
        hashed: new Map([...files].filter(([name]) => named.has(name) && isSharedName(name))),
        find: inMemoryAssets(files, manifest),
        assetUrl: (name) => known(name, urlOf),
        page: (name) => known(name, pageFiles)
      }
    })

  /** Assets from a folder, read on each request. */
  static readonly folder = (directory: string): Service => {
    const manifest = (): Manifest => {
      try {
        return decode(readFileSync(join(directory, manifestFile), "utf8"))
      } catch {
        return {}
      }
    }
    return {
      find: (file) => readOne(directory, file, manifest()),
      assetUrl: (name) => Effect.succeed(() => urlOf(manifest(), name)),
      page: (name) => Effect.succeed(() => pageFiles(manifest(), name, developing)),
      builds: {
        files: () => Object.fromEntries(Object.entries(manifest()).map(([name, { file }]) => [name, file])),
        changes: fileChanges(directory, manifestFile)
      }
    }
  }

  static readonly layer = Layer.effect(
    Assets,
    Effect.gen(function* () {
      const inside = embedded()
      if (inside !== undefined) return yield* Assets.constants(inside)
      const directory = assetsFolder()
      if ((yield* Settings).environment !== "production") return Assets.folder(directory)
      const files = yield* Effect.try({
        try: () => readAll(directory),
        catch: () => failed(`${directory} has no assets`)
      })
      return yield* Assets.constants(files)
    })
  )

  /** No files and plain names, for tests of HTML. */
  static readonly layerMemory = Layer.succeed(Assets, {
    find: () => undefined,
    assetUrl: (name) => Effect.succeed(() => urlOf({}, name)),
    page: (name) => Effect.succeed(() => pageFiles({}, name))
  })
}
