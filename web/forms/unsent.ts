// The list of unsaved texts below their form: queued and refused ones.

interface Text {
  readonly form: HTMLFormElement
  readonly text: string
}

const button = (name: string, text: string, action: () => void) => {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = name
  made.setAttribute("aria-label", `${name}: ${text}`)
  made.addEventListener("click", action)
  return made
}

export class Unsent {
  private readonly items = new Map<Text, HTMLLIElement>()
  private readonly list = document.createElement("ul")

  constructor(private readonly retry: (form: HTMLFormElement, text: string) => void) {
    this.list.className = "rows unsent"
    this.list.setAttribute("aria-label", "Not saved")
  }

  private item(entry: Text) {
    const known = this.items.get(entry)
    if (known !== undefined) return known
    const item = document.createElement("li")
    const text = document.createElement("span")
    text.className = "text"
    text.dir = "auto"
    text.textContent = entry.text
    item.append(text)
    this.items.set(entry, item)
    this.list.append(item)
    if (!this.list.isConnected) entry.form.after(this.list)
    return item
  }

  /** Shows a text that will be sent automatically. */
  wait(entry: Text) {
    this.item(entry)
  }

  /** Shows a refused text with buttons to retry or discard it. */
  refuse(entry: Text) {
    const over = (action: () => void) => () => {
      this.remove(entry)
      entry.form.querySelector("input")?.focus()
      action()
    }
    this.item(entry).append(
      button(
        "Try again",
        entry.text,
        over(() => this.retry(entry.form, entry.text))
      ),
      button(
        "Discard",
        entry.text,
        over(() => undefined)
      )
    )
  }

  remove(entry: Text) {
    this.items.get(entry)?.remove()
    this.items.delete(entry)
    if (this.items.size === 0) this.list.remove()
  }
}
