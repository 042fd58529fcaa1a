// Ignores unintended clicks on a row's controls: after another row has moved under the pointer, the
// second half of a double click, and key repeats.

/** Milliseconds after a move of the rows within which a click counts as unintended. */
const blink = 500
/** Maximal milliseconds and pixels between the two taps of a double tap. */
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
/** The time at which another row moved under the pointer; undefined after a pointer move. */
let slidAt: number | undefined
let tapped: Tap | undefined

const isFar = (a: Point, b: Point) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) > fingertip

document.addEventListener("pointermove", (event) => {
  pointer = event
  slidAt = undefined
})
// A finger taps without a preceding move.
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

/** The second tap of a double tap; `detail` doesn't count taps as it counts clicks. */
const isSecondTap = (event: MouseEvent, at: number) => {
  if (!(event instanceof PointerEvent && event.pointerType === "touch")) return false
  const { clientX, clientY } = event
  const before = tapped
  tapped = { at, clientX, clientY }
  return before !== undefined && at - before.at < doubleTap && !isFar(before, event)
}

const isMeant = (event: MouseEvent) => {
  // From the keyboard or a screen reader.
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
// A held key counts as one click.
document.addEventListener("keydown", (event) => {
  if (!event.repeat || !/^( |Enter)$/.test(event.key) || !(event.target instanceof Element)) return
  if (event.target.closest(targets) !== null) event.preventDefault()
})
