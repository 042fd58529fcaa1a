// A generator's plan: files and edits, all checked before the first file is written.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Failed } from "../Failed.ts"
import { importingFiles, type TemplateFile } from "./templates.ts"

export interface Place {
  /** The application's folder. */
  readonly root: string
  /** The package's own folder, which has the templates. */
  readonly engine: string
  /** Whether the application is the package's repository. */
  readonly isCheckout: boolean
}

/** Changes an existing file; `lines` are to be added by hand if `change` finds no place. */
export interface Edit {
  readonly path: string
  readonly change: (text: string) => string | undefined
  readonly lines: ReadonlyArray<string>
}

export interface Plan {
  readonly files: ReadonlyArray<TemplateFile>
  readonly edits: ReadonlyArray<Edit>
  /** Decisions of the generator, to be printed. */
  readonly notes: ReadonlyArray<string>
}

export interface Written {
  readonly written: ReadonlyArray<string>
  readonly edited: ReadonlyArray<string>
  /** Edits to be done by hand. */
  readonly left: ReadonlyArray<string>
}

/** Writes new files and edits existing ones; never overwrites a file. */
export const carryOut = ({ engine, isCheckout, root }: Place, { edits, files }: Plan): Written => {
  const paths = files.map(({ path }) => path)
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) throw new Failed(`Two of the names give the same file, ${twice}`)
  const there = paths.find((path) => existsSync(join(root, path)))
  if (there !== undefined) throw new Failed(`${there} exists already; nothing was written`)

  const texts = new Map<string, string>()
  const left: Array<string> = []
  for (const { change, lines, path } of edits) {
    const file = join(root, path)
    const before = texts.get(path) ?? (existsSync(file) ? readFileSync(file, "utf8") : undefined)
    const after = before === undefined ? undefined : change(before)
    if (after === undefined) left.push(`In ${path}:`, ...lines.map((line) => `  ${line}`))
    else texts.set(path, after)
  }
  for (const file of files) {
    const { path, text } = isCheckout ? importingFiles(engine, file) : file
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { flag: "wx" })
  }
  for (const [path, text] of texts) writeFileSync(join(root, path), text)
  return { written: paths, edited: [...texts.keys()], left }
}
