// Spellings of names (PascalCase, camelCase and so on), plurals, and placeholders of templates.

/** A name's words in lower case: `["blog", "post"]`. */
export type Words = ReadonlyArray<string>

/** The words of `BlogPost`, `blogPost`, `blog-post` or `blog_post`. */
export const wordsOf = (name: string): Words =>
  (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((word) => word.toLowerCase())

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)

export const pascal = (words: Words) => words.map(capital).join("")
export const camel = (words: Words) => words.map((word, index) => (index === 0 ? word : capital(word))).join("")
export const kebab = (words: Words) => words.join("-")
export const snake = (words: Words) => words.join("_")
const lower = (words: Words) => words.join(" ")
const sentence = (words: Words) => capital(lower(words))
const constant = (words: Words) => snake(words).toUpperCase()

const spellings = [pascal, camel, kebab, snake, lower, sentence, constant]

/** Endings of words whose plural no rule gives. */
const irregular =
  /(person|people|child|children|man|men|mouse|mice|foot|feet|tooth|goose|datum|data|series|species|news|sheep|fish|is|us|fe|lf)$/

/** The English plural; undefined if no rule gives it. */
export const pluralOf = (words: Words): Words | undefined => {
  const last = words.at(-1) ?? ""
  if (irregular.test(last) || (last.endsWith("s") && !last.endsWith("ss"))) return undefined
  const plural = /[^aeiou]y$/.test(last)
    ? `${last.slice(0, -1)}ies`
    : /(ss|x|z|ch|sh)$/.test(last)
      ? `${last}es`
      : `${last}s`
  return [...words.slice(0, -1), plural]
}

/**
 * Replaces placeholders in every spelling, and "a" by "an". Placeholders need two words, because
 * some spellings of a single word are equal.
 */
export const renaming = (placeholders: ReadonlyArray<readonly [placeholder: Words, name: Words]>) => {
  const spelled = new Map(
    placeholders.flatMap(([placeholder, name]) => spellings.map((spell) => [spell(placeholder), spell(name)] as const))
  )
  const longestFirst = [...spelled.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(`(\\b[Aa] )?(${longestFirst.join("|")})`, "g")
  return (text: string): string =>
    text.replace(pattern, (_, article: string | undefined, found: string) => {
      const name = spelled.get(found) ?? found
      return (article === undefined ? "" : /^[aeiou]/i.test(name) ? `${article.trim()}n ` : article) + name
    })
}
export type Rename = ReturnType<typeof renaming>
