import { createTally, type Tally } from '../outcome.ts'

const NAMES = Object.keys(createTally()) as (keyof Tally)[]
const CLIENTS = NAMES.length
const WAITED = CLIENTS + 1
const BUG = CLIENTS + 2
const TURNS = CLIENTS + 3
const WORDS = CLIENTS + 4

const VERSION = 0
const STOP = 1

/** What an instance and the main thread tell each other without a message: counts one way, wishes the other. */
export class InstanceBoard {
  readonly memory: SharedArrayBuffer
  readonly #figures: Float64Array
  readonly #wishes: Int32Array

  /** @param memory of the other side; absent = a new board */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 8 + 8)) {
    this.memory = memory
    this.#figures = new Float64Array(memory, 0, WORDS)
    this.#wishes = new Int32Array(memory, WORDS * 8, 2)
  }

  /** The instance has come round: what it counted until now. */
  publish(tally: Tally, clients: number, waited: number, bug: number): void {
    for (let index = 0; index < CLIENTS; index++) this.#figures[index] = tally[NAMES[index] as keyof Tally]
    this.#figures[CLIENTS] = clients
    this.#figures[WAITED] = waited
    this.#figures[BUG] = bug
    this.#figures[TURNS] = (this.#figures[TURNS] ?? 0) + 1
  }

  /** Adds what it counted to another tally. */
  addTo(tally: Tally): void {
    for (const [index, name] of NAMES.entries()) tally[name] += this.#figures[index] ?? 0
  }

  get clients(): number {
    return this.#figures[CLIENTS] ?? 0
  }

  get waited(): number {
    return this.#figures[WAITED] ?? 0
  }

  get bug(): number {
    return this.#figures[BUG] ?? 0
  }

  /** How often it came round, which is once a second at least. */
  get turns(): number {
    return this.#figures[TURNS] ?? 0
  }

  /** A message waits for the instance. */
  announce(): void {
    Atomics.add(this.#wishes, VERSION, 1)
  }

  /** How many messages were announced. */
  get announced(): number {
    return Atomics.load(this.#wishes, VERSION)
  }

  stop(): void {
    Atomics.store(this.#wishes, STOP, 1)
  }

  get isStopping(): boolean {
    return Atomics.load(this.#wishes, STOP) === 1
  }
}
