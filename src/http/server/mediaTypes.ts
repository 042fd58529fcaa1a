// Chooses a media type by the `Accept` header (RFC 9110, 12.5.1).
import { LRUCache } from "lru-cache"
import Negotiator from "negotiator"

/** Drops parameters other than a numeric `q`. */
const rangesOf = (accept: string) => accept.replace(/;\s*(?!q\s*=\s*[\d.])[^,;]*/gi, "")

/**
 * The preferred type; the first one if none is acceptable (12.5.1 allows that), undefined if all
 * are refused. Cached, because there are few distinct headers.
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
