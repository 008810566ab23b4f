import * as v from 'valibot'

/** A schema for one of some words; the compiler sees to it that none is forgotten. */
export function oneOf<Word extends string>(words: Readonly<Record<Word, true>>): v.GenericSchema<unknown, Word> {
  return v.picklist(Object.keys(words) as Word[])
}
