// Navigation between pages of a long list; page 1 is the newest.

interface Props {
  readonly page: number
  readonly pages: number
  /** The range that is shown: "51 to 100 of 1000". */
  readonly shown: string
  /** The URL of a page. */
  readonly to: (page: number) => string
}

export const Pager = ({ page, pages, shown, to }: Props) => (
  <nav class="pages" id="pages" aria-label="Pages">
    {page === pages ? null : (
      <>
        <a href={to(pages)}>Oldest</a>
        <a href={to(page + 1)} rel="next">
          Older
        </a>
      </>
    )}
    <span>{shown}</span>
    {page === 1 ? null : (
      <>
        <a href={to(page - 1)} rel="prev">
          Newer
        </a>
        <a href={to(1)}>Newest</a>
      </>
    )}
  </nav>
)

/** Parses `?page=2`; an invalid value is page 1. */
export const pageOf = (asked: URLSearchParams): number => {
  const page = asked.get("page") ?? ""
  return /^[1-9]\d{0,3}$/.test(page) ? Number(page) : 1
}
