// The built browser files, read once at the start: `npm install` and `npm run build:assets` make them in static/dist.
import { readdirSync, readFileSync } from "node:fs"
import { extname, join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import mime from "mime"
import { StartFailed } from "./Sql.ts"

export interface Asset {
  readonly body: Uint8Array
  readonly contentType: string
}

/** Logical name to hashed file, as the build writes it. */
const Manifest = Schema.Record({
  key: Schema.String,
  value: Schema.Struct({ file: Schema.String, css: Schema.optional(Schema.Array(Schema.String)) })
})
const decodeManifest = Schema.decodeUnknownSync(Schema.parseJson(Manifest))

const directory = join(import.meta.dirname, "../../static/dist")

export class Assets extends Context.Tag("evenstar/Assets")<
  Assets,
  {
    /** The URL of a logical name (`index.ts`), which must be in the manifest. */
    readonly url: (name: string) => string
    /** A file by its name under `/static/`. */
    readonly get: (file: string) => Option.Option<Asset>
  }
>() {
  static readonly layer = Layer.effect(
    Assets,
    Effect.try({
      try: () => {
        const manifest = decodeManifest(readFileSync(join(directory, "manifest.json"), "utf8"))
        const files = new Map<string, Asset>(
          readdirSync(directory).map((file) => [
            file,
            {
              body: readFileSync(join(directory, file)),
              contentType: mime.getType(extname(file)) ?? "application/octet-stream"
            }
          ])
        )
        return {
          url: (name: string) => `/static/${manifest[name]?.file ?? name}`,
          get: (file: string) => Option.fromNullable(files.get(file))
        }
      },
      catch: () => new StartFailed({ message: `${directory} has no assets: run "npm run build:assets"` })
    })
  )

  /** No files, plain names: for tests that only look at the HTML. */
  static readonly layerMemory = Layer.succeed(Assets, { url: (name) => `/static/${name}`, get: () => Option.none() })
}
