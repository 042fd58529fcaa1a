// The style sheet's colours as a canvas takes them: `light-dark()` and variables resolved, for the scheme that is in force.

const scheme = matchMedia("(prefers-color-scheme: dark)")
const resolved = new Map<string, string>()
const probe = document.createElement("span")
probe.hidden = true
document.body.append(probe)

/** Of a custom property, `ink`; perhaps only so many percent of it. */
export const color = (name: string, percent = 100): string => {
  const key = `${name} ${percent}`
  const known = resolved.get(key)
  if (known !== undefined) return known
  probe.style.color = percent === 100 ? `var(--${name})` : `color-mix(in srgb, var(--${name}) ${percent}%, transparent)`
  const value = getComputedStyle(probe).color
  resolved.set(key, value)
  return value
}

/** Calls back when all colours are others. */
export const onColors = (changed: () => void) =>
  scheme.addEventListener("change", () => {
    resolved.clear()
    changed()
  })
