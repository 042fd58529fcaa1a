// The rate of activity over time (UTC): monthly growth, working hours, weekends, a launch day and a
// week of holidays. Maps a share of all events to a time.

const hour = 3_600_000
const day = 24 * hour

/** Relative rate for each hour of a day, from midnight on. */
const workday = [2, 1, 1, 1, 1, 2, 6, 14, 30, 52, 56, 50, 32, 34, 52, 50, 44, 30, 22, 20, 20, 16, 9, 4]
const weekend = [3, 2, 1, 1, 1, 1, 2, 4, 9, 15, 18, 18, 15, 13, 14, 15, 14, 13, 12, 12, 12, 10, 7, 5]

/** Exponent of the growth over the whole period: e^1.6 is about fivefold. */
const growth = 1.6

/** Factors for the launch day and the days after it. */
const launch = [5, 2.6, 1.8, 1.4, 1.2]
const launchAfter = 0.55
const holidays = 7
const holidaysAfter = 0.8
const quiet = 0.25

const [sunday, monday, tuesday, saturday] = [0, 1, 2, 6]
const weekday = (time: number) => new Date(time).getUTCDay()

/** Midnight of the first given weekday after a time. */
const nextDay = (time: number, wanted: number) => {
  const tomorrow = Math.floor(time / day + 1) * day
  return tomorrow + ((wanted - weekday(tomorrow) + 7) % 7) * day
}

export interface Span {
  /** Milliseconds since 1970; `until` is exclusive. */
  readonly from: number
  readonly until: number
}

/** The launch day and the first day of the holidays. */
export const specialDays = ({ from, until }: Span) => ({
  launch: nextDay(from + launchAfter * (until - from), tuesday),
  holidays: nextDay(from + holidaysAfter * (until - from), monday)
})

/** The relative rate in the hour that begins at a time. */
const intensity = (span: Span) => {
  const special = specialDays(span)
  return (time: number) => {
    const isWeekend = weekday(time) === sunday || weekday(time) === saturday
    const usual = (isWeekend ? weekend : workday)[new Date(time).getUTCHours()] ?? 0
    const grown = usual * Math.exp((growth * (time - span.from)) / (span.until - span.from))
    const daysSince = (begin: number) => Math.floor((time - begin) / day)
    const sinceHolidays = daysSince(special.holidays)
    const isHoliday = sinceHolidays >= 0 && sinceHolidays < holidays
    return grown * (launch[daysSince(special.launch)] ?? 1) * (isHoliday ? quiet : 1)
  }
}

/** The inverse of cumulative activity: the time for a share in [0, 1); monotonic. */
export const make = (span: Span): ((share: number) => number) => {
  const { from, until } = span
  const weightOf = intensity(span)
  const begins = [from]
  for (let time = Math.floor(from / hour + 1) * hour; time < until; time += hour) begins.push(time)
  let total = 0
  const before = begins.map((begin, i) => {
    const sum = total
    total += weightOf(begin) * ((begins[i + 1] ?? until) - begin)
    return sum
  })
  return (share) => {
    const wanted = share * total
    let low = 0
    for (let high = begins.length; high - low > 1; ) {
      const middle = (low + high) >> 1
      if ((before[middle] ?? total) <= wanted) low = middle
      else high = middle
    }
    const [begin = from, end = until] = [begins[low], begins[low + 1]]
    const [least = 0, most = total] = [before[low], before[low + 1]]
    const time = begin + ((wanted - least) / (most - least)) * (end - begin)
    return Math.min(Math.max(Math.floor(time), from), until - 1)
  }
}
