// The built browser files behind one interface, in two modes. Production has them as constants from its start, and reads nothing
// for a request. Development reads the folder each time, so that what was just built is what is seen.
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
import { embedded } from "./embedded.ts"
import { filesOf, Manifest, type PageFiles, pageFiles, urlOf } from "./manifest.ts"
import { place } from "./place.ts"
import { copiesOf, isSharedName } from "./sharedAssetStore.ts"

const manifestFile = "manifest.json"
/** The script by which an open page follows what is built, on each page in development. */
const developing = "dev.ts"
const decode = Schema.decodeUnknownSync(Schema.parseJson(Manifest))

const failed = (what: string) => new StartFailed({ message: `${what}: run "npm run build:assets"` })

interface Service {
  /** A file by its name under `/static/`. */
  readonly find: (file: string) => Asset | undefined
  /**
   * The URL of a logical name (`index.ts`), to be asked for while a Layer is built: in production a name that the manifest lacks
   * stops the start. Development looks anew each time that the function is called, and takes a missing name as it is.
   */
  readonly assetUrl: (name: string) => Effect.Effect<() => string, StartFailed>
  /** The same for a page's entry script with all that the page loads for it. */
  readonly page: (script: string) => Effect.Effect<() => PageFiles, StartFailed>
  /** Hashed files and their compressed copies, where they are constants: what other releases may be asked for. */
  readonly hashed?: ReadonlyMap<string, Uint8Array>
  /** What an open page follows, in development alone: nothing ever changes in production. */
  readonly builds?: {
    /** The files behind the logical names, now. */
    readonly files: () => Readonly<Record<string, string>>
    /** Each time that they have been built anew. */
    readonly changes: Stream.Stream<void>
  }
}

export class Assets extends Context.Tag("evenstar/Assets")<Assets, Service>() {
  /** Files by their names, one of them the manifest. */
  static readonly constants = (files: ReadonlyMap<string, Uint8Array>): Effect.Effect<Service, StartFailed> =>
    Effect.gen(function* () {
      const written = files.get(manifestFile)
      if (written === undefined) return yield* failed(`There is no ${manifestFile} among the assets`)
      const manifest = yield* Effect.try({
        try: () => decode(Buffer.from(written).toString()),
        catch: () => failed(`${manifestFile} is not what the build writes`)
      })
      const missing = filesOf(manifest).find((file) => !files.has(file))
      if (missing !== undefined) return yield* failed(`${missing}, of which ${manifestFile} tells, is not there`)
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

  /** A folder, as it is at each request. */
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
      const directory = place()
      if ((yield* Settings).environment !== "production") return Assets.folder(directory)
      const files = yield* Effect.try({
        try: () => readAll(directory),
        catch: () => failed(`${directory} has no assets`)
      })
      return yield* Assets.constants(files)
    })
  )

  /** No files, plain names: for tests that only look at the HTML. */
  static readonly layerMemory = Layer.succeed(Assets, {
    find: () => undefined,
    assetUrl: (name) => Effect.succeed(() => urlOf({}, name)),
    page: (name) => Effect.succeed(() => pageFiles({}, name))
  })
}
