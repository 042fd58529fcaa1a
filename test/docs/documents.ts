// The documents of the repository, and what the tests of them read out of Markdown.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"

export const root = join(import.meta.dirname, "../..")

export interface Document {
  /** Path relative to the repository's root. */
  readonly path: string
  readonly text: string
}

export const read = (path: string): Document => ({ path, text: readFileSync(join(root, path), "utf8") })

const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

export const guides = below("docs/guides").map(read)
export const decisions = below("docs/decisions").map(read)
export const documents = [...readdirSync(root).filter((name) => name.endsWith(".md")), ...below("docs")].map(read)

export const linesOf = (text: string) => text.trimEnd().split("\n")

/** Fenced blocks of these languages, without their fences. */
export const blocksOf = ({ text }: Document, ...languages: ReadonlyArray<string>) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, language = "", block = ""]) =>
    languages.includes(language) ? [block] : []
  )

/** The text outside of fenced blocks. */
export const proseOf = ({ text }: Document) => text.replace(/^```[\s\S]*?^```$/gm, "")

/** The anchors of its headings, as GitHub generates them. */
export const anchorsOf = (document: Document) =>
  [...proseOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-")
  )

export const exists = (path: string) => existsSync(join(root, path))
