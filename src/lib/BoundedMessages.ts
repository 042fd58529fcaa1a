// Messages of a check: the first 20, and a count of the rest.

const most = 20

export class BoundedMessages {
  private readonly told: Array<string> = []
  private others = 0

  add(messages: string) {
    if (this.told.length < most) this.told.push(messages)
    else this.others++
  }
  get words(): ReadonlyArray<string> {
    return this.others === 0 ? this.told : [...this.told, `and ${this.others} more`]
  }
}
