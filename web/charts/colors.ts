// Resolves the style sheet's colours (`light-dark()`, variables) for the canvas.

const scheme = matchMedia("(prefers-color-scheme: dark)")
const resolved = new Map<string, string>()
const probe = document.createElement("span")
probe.hidden = true
document.body.append(probe)

/** The colour of a custom property such as `ink`, optionally with an opacity in percent. */
export const color = (name: string, percent = 100): string => {
  const key = `${name} ${percent}`
  const known = resolved.get(key)
  if (known !== undefined) return known
  probe.style.color = percent === 100 ? `var(--${name})` : `color-mix(in srgb, var(--${name}) ${percent}%, transparent)`
  const value = getComputedStyle(probe).color
  resolved.set(key, value)
  return value
}

/** Calls `changed` when the colour scheme changes. */
export const onColors = (changed: () => void) =>
  scheme.addEventListener("change", () => {
    resolved.clear()
    changed()
  })
