// The frame of a chart: a figure whose numbers are a table. The entry script draws from the table's cells what they say, so
// there is one truth; without a script the table is what there is.
import type { ComponentChildren } from "preact"

/** How the script draws: bars on one another, bars apart, lines, or a filled line. */
export type Kind = "stack" | "bars" | "lines" | "area"
/** What the numbers are, for axes and labels. `day`: the first column is one; `ago`: seconds back from now. */
interface Axes {
  readonly x: "day" | "ago" | "name"
  readonly y: "count" | "duration"
}

export interface Column {
  readonly title: string
  /** Which of the palette's colours (`--series-1` and so on in the style sheet); 0 is in the table alone. */
  readonly series: number
}

export interface Cell {
  readonly value: number | string
  readonly text: string
}

export interface Drawing extends Axes {
  readonly kind: Kind
  /** What can be seen, in a sentence, for those who can't. */
  readonly label: string
  /** The first and the last day on the axis, if it has days. */
  readonly range?: readonly [from: string, to: string]
  /** Of the first column. */
  readonly head: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<{ readonly key: Cell; readonly cells: ReadonlyArray<Cell | undefined> }>
}

/** `data-value` only where it isn't what the text says. */
const valueOf = ({ text, value }: Cell) => (text === String(value) ? {} : { "data-value": value })

const Legend = ({ columns }: Pick<Drawing, "columns">) => (
  <ul class="legend" aria-hidden="true">
    {columns.map(({ series, title }) => (
      <li key={title} class={`series-${series}`}>
        <span>{title}</span>
      </li>
    ))}
  </ul>
)

const Table = ({ columns, head, rows }: Drawing) => (
  <table>
    <thead>
      <tr>
        <th scope="col">{head}</th>
        {columns.map(({ series, title }) => (
          <th key={title} scope="col" data-series={series || undefined}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map(({ cells, key }) => (
        <tr key={key.value}>
          <th scope="row" {...valueOf(key)}>
            {key.text}
          </th>
          {cells.map((cell, index) =>
            cell === undefined ? (
              <td key={columns[index]?.title} data-value="" />
            ) : (
              <td key={columns[index]?.title} {...valueOf(cell)}>
                {cell.text}
              </td>
            )
          )}
        </tr>
      ))}
    </tbody>
  </table>
)

interface FigureProps {
  readonly name: string
  readonly title: string
  readonly hint: string
}

/** `name` is the query's, and the element's id: a feed replaces one figure without touching the others. */
export const Figure = ({ children, hint, name, title }: FigureProps & { readonly children: ComponentChildren }) => (
  <figure class="card" id={name}>
    <figcaption>
      <h2>{title}</h2>
      <p class="quiet">{hint}</p>
    </figcaption>
    {children}
  </figure>
)

/** Wide tables scroll by themselves, with the keyboard too. */
export const Scroller = ({ children, label }: { readonly label: string; readonly children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard (WCAG 2.1.1)
  <section class="scroller" aria-label={label} tabIndex={0}>
    {children}
  </section>
)

/** The chart's place, which a morph leaves alone, and the numbers. */
export const Chart = ({
  drawing,
  name,
  title
}: Pick<FigureProps, "name" | "title"> & { readonly drawing: Drawing }) => {
  const { columns, kind, label, range, x, y } = drawing
  const [from, to] = range ?? []
  const drawn = columns.filter(({ series }) => series > 0)
  return (
    <>
      <div
        class="chart"
        role="img"
        aria-label={label}
        data-kind={kind}
        data-x={x}
        data-y={y}
        data-from={from}
        data-to={to}
      >
        <div class="plot" id={`plot-${name}`} hx-morph-skip="" />
      </div>
      {drawn.length < 2 ? null : <Legend columns={drawn} />}
      <details class="numbers" open>
        <summary>The numbers</summary>
        <Scroller label={`${title}: the numbers`}>
          <Table {...drawing} />
        </Scroller>
      </details>
    </>
  )
}
