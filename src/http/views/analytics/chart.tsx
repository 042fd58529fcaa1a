// A chart as a figure with a table of its numbers. The entry script draws from the table's cells;
// without a script the table is shown.
import type { ComponentChildren } from "preact"

/** Drawing style: stacked bars, grouped bars, lines, or an area. */
export type Kind = "stack" | "bars" | "lines" | "area"
/** Units of the axes. `day`: the first column has days; `ago`: negative seconds from now. */
interface Axes {
  readonly x: "day" | "ago" | "name"
  readonly y: "count" | "duration"
}

export interface Column {
  readonly title: string
  /**
   * Index in the palette (`--series-1` and so on in the style sheet); 0 is shown in the table only.
   */
  readonly series: number
}

export interface Cell {
  readonly value: number | string
  readonly text: string
}

export interface Drawing extends Axes {
  readonly kind: Kind
  /** The chart's content in a sentence, for screen readers. */
  readonly label: string
  /** First and last day of a day axis. */
  readonly range?: readonly [from: string, to: string]
  /** Title of the first column. */
  readonly head: string
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<{ readonly key: Cell; readonly cells: ReadonlyArray<Cell | undefined> }>
}

/** `data-value` is omitted where it equals the text. */
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

const Table = ({ columns, head, rows, x }: Drawing) => (
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
            {x === "day" ? <time dateTime={String(key.value)}>{key.text}</time> : key.text}
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

/** `name` is the query's name and the element's id, by which the feed replaces the figure. */
export const Figure = ({ children, hint, name, title }: FigureProps & { readonly children: ComponentChildren }) => (
  <figure class="card" id={name}>
    <figcaption>
      <h2>{title}</h2>
      <p class="quiet">{hint}</p>
    </figcaption>
    {children}
  </figure>
)

/** Scrolls wide tables, by keyboard too. */
export const Scroller = ({ children, label }: { readonly label: string; readonly children: ComponentChildren }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
  <section class="scroller" aria-label={label} tabIndex={0}>
    {children}
  </section>
)

/** The plot, which a morph skips, and the table. */
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
