// Colours of the browser's own surfaces around a page: `--paper` of web/style.css.
export const theme = { light: "#f6f6f9", dark: "#14161f" } as const
