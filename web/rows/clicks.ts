// A row's control does what is meant for it: a click that was on its way when another row came to lie under the pointer, the
// second half of a double click and a held key do nothing.

/** Milliseconds in which nobody can have seen what came, and meant it. */
const blink = 500
/** Milliseconds and pixels between the two taps of one double tap. */
const doubleTap = 300
const fingertip = 16

interface Point {
  readonly clientX: number
  readonly clientY: number
}
interface Tap extends Point {
  readonly at: number
}

const targets = ":is(.todos, .bar) :is(button, summary)"
const rowAt = ({ clientX, clientY }: Point) =>
  document.elementFromPoint(clientX, clientY)?.closest(".todos > li, .bar")?.id

let pointer: Point | undefined
let rowBefore: string | undefined
/** When the row under the pointer became another one by itself; undefined once the pointer has moved. */
let slidAt: number | undefined
let tapped: Tap | undefined

const isFar = (a: Point, b: Point) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) > fingertip

document.addEventListener("pointermove", (event) => {
  pointer = event
  slidAt = undefined
})
// A finger doesn't move to where it taps.
document.addEventListener("pointerdown", (event) => {
  if (pointer === undefined || isFar(pointer, event)) slidAt = undefined
  pointer = event
})
document.addEventListener("htmx:before:swap", () => {
  rowBefore = pointer && rowAt(pointer)
})
document.addEventListener("htmx:after:swap", () => {
  if (pointer !== undefined && rowAt(pointer) !== rowBefore) slidAt = performance.now()
})

/** A finger's second tap; a screen doesn't count them as a mouse's clicks are counted. */
const isSecondTap = (event: MouseEvent, at: number) => {
  if (!(event instanceof PointerEvent && event.pointerType === "touch")) return false
  const { clientX, clientY } = event
  const before = tapped
  tapped = { at, clientX, clientY }
  return before !== undefined && at - before.at < doubleTap && !isFar(before, event)
}

const isMeant = (event: MouseEvent) => {
  // Of the keyboard, or of a program that reads the page aloud.
  if (event.detail === 0) return true
  const now = performance.now()
  const hasSlid = slidAt !== undefined && now - slidAt < blink
  return event.detail === 1 && !hasSlid && !isSecondTap(event, now)
}

document.addEventListener(
  "click",
  (event) => {
    if (!(event.target instanceof Element) || event.target.closest(targets) === null || isMeant(event)) return
    event.preventDefault()
    event.stopPropagation()
  },
  { capture: true }
)
// A held key repeats: one press is one click.
document.addEventListener("keydown", (event) => {
  if (!event.repeat || !/^( |Enter)$/.test(event.key) || !(event.target instanceof Element)) return
  if (event.target.closest(targets) !== null) event.preventDefault()
})
