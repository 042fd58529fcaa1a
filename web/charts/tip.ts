// The tooltip of a chart; screen readers use the table instead.
import type uPlot from "uplot"
import { color } from "./colors.ts"
import type { Numbers } from "./read.ts"

const row = (text: string, value: string, mark: string | undefined) => {
  const line = document.createElement("p")
  const name = document.createElement("span")
  const number = document.createElement("b")
  name.textContent = text
  number.textContent = value
  if (mark !== undefined) {
    const dot = document.createElement("i")
    dot.style.background = color(`series-${mark}`)
    line.append(dot)
  }
  line.append(name, number)
  return line
}

/** Pixels between the pointer and the tooltip. */
const distance = 12

export const tip = (numbers: () => Numbers): uPlot.Plugin => {
  const box = document.createElement("div")
  box.className = "tip"
  box.hidden = true
  const move = (plot: uPlot) => {
    const { idx, left = -1, top = -1 } = plot.cursor
    const { kind, names, series } = numbers()
    box.hidden = idx === null || idx === undefined || left < 0
    if (box.hidden || idx === null || idx === undefined) return
    const told = series.filter(({ values }) => kind !== "stack" || series.length === 1 || values[idx] !== 0)
    const title = document.createElement("strong")
    title.textContent = names[idx] ?? ""
    box.replaceChildren(title, ...told.map((it) => row(it.title, it.texts[idx] ?? "", it.color)))
    const { clientHeight, clientWidth } = plot.over
    const isRight = left > clientWidth / 2
    const x = isRight ? left - box.offsetWidth - distance : left + distance
    const y = Math.min(Math.max(top - box.offsetHeight / 2, 0), Math.max(clientHeight - box.offsetHeight, 0))
    box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`
  }
  return { hooks: { init: (plot) => plot.over.append(box), setCursor: move, setData: move } }
}
