import * as v from 'valibot'
import { list } from './piece.ts'

/** One value, or a list of such; a list comes out. */
export function oneOrMore<const Item extends v.GenericSchema>(about: string, item: Item) {
  const several = list(about, item)
  const one = v.pipe(
    item,
    v.transform((value): v.InferOutput<Item>[] => [value]),
  )
  return v.pipe(
    v.lazy((input) => (Array.isArray(input) ? several : one)),
    v.metadata({ jsonChoices: [one, several] }),
  )
}
