// Which of two or more media types an `Accept` header (RFC 9110, 12.5.1) asks for.
import { LRUCache } from "lru-cache"
import Negotiator from "negotiator"

/** Ranges and their weights: a weight without a number is none, and other parameters choose nothing here. */
const rangesOf = (accept: string) => accept.replace(/;\s*(?!q\s*=\s*[\d.])[^,;]*/gi, "")

/**
 * The best of them; the first where none is asked for, which is better than nothing (12.5.1), and undefined where all are
 * refused. There are few such headers: whoever sends others is parsed anew.
 */
export const chooseMediaType = <const Type extends string>(types: readonly [Type, ...ReadonlyArray<Type>]) => {
  const known = new LRUCache<string, { readonly type: Type | undefined }>({ max: 100 })
  const choose = (accept: string): Type | undefined => {
    const given = rangesOf(accept)
    const all = given.includes("*/*") ? given : `${given}, */*;q=0.001`
    const [best] = new Negotiator({ headers: { accept: all } }).mediaTypes([...types])
    return types.find((type) => type === best)
  }
  return (accept: string | undefined): Type | undefined => {
    if (accept === undefined || accept.trim() === "") return types[0]
    const kept = known.get(accept)
    if (kept !== undefined) return kept.type
    const type = choose(accept)
    known.set(accept, { type })
    return type
  }
}
