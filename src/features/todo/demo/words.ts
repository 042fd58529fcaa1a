// Texts of the demo's todos: themes with verbs, objects and details, combined at random.
import type * as Arr from "effect/Array"
import type { SeededRandom } from "../../../lib/seededRandom.ts"

type Words = Arr.NonEmptyReadonlyArray<string>

export interface Theme {
  readonly verbs: Words
  readonly things: Words
  readonly details: Words
}

const of = (text: string): Words => {
  const [first = "", ...others] = text.split(", ")
  return [first, ...others]
}

const soon = "today, tomorrow, this week, by Friday, before the weekend, next Monday, in the evening"

const themes: Arr.NonEmptyReadonlyArray<Theme> = [
  {
    verbs: of("buy, get, 2 ×, 3 ×, a pack of, a bag of, fresh, some"),
    things: of(
      "milk, bread, eggs, apples, bananas, rice, lentils, tomatoes, cucumbers, yoghurt, butter, coffee, green tea, oats, honey, pasta, olive oil, potatoes, onions, garlic, spinach, cheese, cat food, dish soap, light bulbs, batteries"
    ),
    details: of("for the weekend, for the cake, if they have it, the small ones, from the market, not the sweet kind")
  },
  {
    verbs: of("clean, tidy, repair, paint, measure, empty, air, sort out, have a look at"),
    things: of(
      "the kitchen, the balcony, the cellar, the bicycle, the gutter, the fridge, the bookshelf, the door of the shed, the shower drain, the hallway, the washing machine, the garage, the blinds"
    ),
    details: of(`${soon}, with Ines, before the guests come, once it is dry`)
  },
  {
    verbs: of("write, review, send, discuss, finish, update, prepare, present, archive"),
    things: of(
      "the quarterly report, the offer for Brandt & Sons, the onboarding guide, the release notes, the budget, the minutes of the meeting, the survey, the training plan, the invoice for March, the job advert, the slides, the style guide, the risk list, the roadmap"
    ),
    details: of(`${soon}, with Farid, after the stand-up, for the steering group, in both languages`)
  },
  {
    verbs: of("fix, test, deploy, measure, document, refactor, investigate, roll back, monitor"),
    things: of(
      "the login page, the nightly backup, the search index, the slow query, the mobile layout, the export, the flaky test, the payment webhook, the cache, the error page, the staging server, the date picker, the retry logic"
    ),
    details: of(`${soon}, on staging first, with Noor, behind a flag, after the freeze`)
  },
  {
    verbs: of("book, compare, print, pack, look up, cancel, confirm, ask about"),
    things: of(
      "the night train, the hotel in Porto, the ferry, the museum tickets, the travel insurance, the rain jackets, the hiking map, the airport bus, the passports, the camera, the first-aid kit, the campsite, the hire car"
    ),
    details: of(`${soon}, for four people, with a window seat, under Lea's name, without breakfast`)
  },
  {
    verbs: of("plant, water, prune, sow, harvest, mulch, repot, order"),
    things: of(
      "the tomatoes, the roses, the herb bed, the apple tree, the beans, the lavender, the raised bed, the pumpkins, the hedge, the strawberries, the seedlings, the tulip bulbs"
    ),
    details: of(`${soon}, before the frost, in the shade, with the new shears, next to the pond`)
  },
  {
    verbs: of("invite, call, thank, write to, meet, congratulate, visit, ring back"),
    things: of(
      "Grandma, the neighbours, Tomasz and Ana, the choir, Aunt Rosa, the landlord, the dentist, the football team, Mr Okafor, the caterer, the band, the school, the insurance"
    ),
    details: of(`${soon}, about Saturday, about the keys, before noon, about the refund`)
  },
  {
    verbs: of("read, summarise, practise, revise, translate, hand in, learn"),
    things: of(
      "chapter 3, chapter 7, the irregular verbs, the lab report, the essay on bees, the chemistry sheet, the old exam, the scales in C minor, the lecture notes, the statistics exercise, the second act, the vocabulary of unit 5"
    ),
    details: of(`${soon}, with the study group, twice, without notes, in the library`)
  }
]

export const theme = (random: SeededRandom): Theme => random.oneOf(themes)

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

export const text = (random: SeededRandom, { details, things, verbs }: Theme): string => {
  const plain = `${random.oneOf(verbs)} ${random.oneOf(things)}`
  return capital(random.happens(0.3) ? `${plain} ${random.oneOf(details)}` : plain)
}

/** An edited version of a text: with one more detail, or another text. */
export const improved = (random: SeededRandom, theme: Theme, before: string): string =>
  random.happens(0.7) ? `${before}, ${random.oneOf(theme.details)}` : text(random, theme)
