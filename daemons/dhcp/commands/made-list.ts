import { readFileSync } from 'node:fs'
import { keepFile } from '../../runtime/keep-file.ts'
import { Refusal } from './refusal.ts'
import { objectionTo, type ReservationRow } from './reservation-rules.ts'

/** A reservation as it would be, and as it would be shown. */
export interface Planned<Made> {
  readonly made: Made
  readonly row: ReservationRow
}

/** The fields of an entry of the file that are texts; null for others. */
export type Fields = (name: string) => string | null

/** Reservations made by command, of one protocol: kept in a file of the state folder. */
export class MadeList<Made extends object> {
  readonly #path: string
  #all: readonly Made[]
  /** Why the file cannot be read, in words: those of the configuration are in force alone, and the file is left as it is. */
  readonly fault: string | null

  /**
   * @param readEntry makes a reservation of an entry; null when it is none
   * @param name what they are called
   */
  constructor(path: string, readEntry: (field: Fields) => Made | null, name: string) {
    this.#path = path
    const read = attempt(() => readFile(path, readEntry))
    this.#all = typeof read === 'string' ? [] : read
    this.fault = typeof read === 'string' ? `${name} made by command are not in force: ${read}` : null
  }

  get all(): readonly Made[] {
    return this.#all
  }

  /**
   * Adds one, and writes the file.
   *
   * @param rows all that are in force
   * @throws Refusal when it cannot stand beside them, or the file could not be read
   * @throws Error when the file cannot be written
   */
  add({ made, row }: Planned<Made>, rows: readonly ReservationRow[]): void {
    const objection = objectionTo(rows, row)
    if (objection !== null) throw new Refusal(objection)
    this.#keep([...this.#all, made])
  }

  /**
   * Adds as many as can be, and writes the file once.
   *
   * @param plan throws in words why a wish cannot be
   * @param rows as for `add`
   * @param dry only tells what would be done
   * @returns of each wish, in order, why it cannot be, in words; null = it is added
   */
  addAll<Wish>(
    wishes: readonly Wish[],
    plan: (wish: Wish) => Planned<Made>,
    rows: readonly ReservationRow[],
    dry: boolean,
  ): readonly (string | null)[] {
    const present = [...rows]
    const added: Made[] = []
    const objections = wishes.map((wish) => {
      const planned = attempt(() => plan(wish))
      if (typeof planned === 'string') return planned
      const objection = objectionTo(present, planned.row)
      if (objection !== null) return objection
      added.push(planned.made)
      present.push(planned.row)
      return null
    })
    if (added.length > 0 && !dry) this.#keep([...this.#all, ...added])
    return objections
  }

  /** Takes back those that are meant, and writes the file. @returns them @throws as `add` */
  remove(isMeant: (made: Made) => boolean): readonly Made[] {
    const gone = this.#all.filter(isMeant)
    if (gone.length > 0) this.#keep(this.#all.filter((one) => !gone.includes(one)))
    return gone
  }

  #keep(all: readonly Made[]): void {
    if (this.fault !== null) throw new Refusal(this.fault)
    keepFile(this.#path, `${JSON.stringify({ reservations: all }, null, 2)}\n`)
    this.#all = all
  }
}

/** None when there is no file. @throws Error in words when it cannot be read or is no such file */
function readFile<Made>(path: string, readEntry: (field: Fields) => Made | null): readonly Made[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  const file: unknown = JSON.parse(text)
  const list = typeof file === 'object' && file !== null && 'reservations' in file ? file.reservations : null
  if (!Array.isArray(list)) throw new Error(`${path} has no list "reservations"`)
  return list.map((entry: unknown, at) => {
    const reservation = typeof entry === 'object' && entry !== null ? readEntry(fieldsOf(entry)) : null
    if (reservation === null) throw new Error(`${path}: entry ${at + 1} is no reservation`)
    return reservation
  })
}

function fieldsOf(entry: object): Fields {
  return (name) => {
    const value: unknown = Reflect.get(entry, name)
    return typeof value === 'string' ? value : null
  }
}

/** What a reading gives, or why it fails, in words. */
function attempt<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
