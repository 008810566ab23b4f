import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { nextDeadlineMs } from '../../supervisor/service/deadline.ts'
import {
  NEW_SERVICE,
  type Rules,
  type ServiceEvent,
  type ServiceState,
} from '../../supervisor/service/service-state.ts'
import { step, table } from '../../supervisor/service/transitions.ts'
import { eventFor, RULES, type Told } from './lives.ts'

/**
 * Draws the state table for docs/supervision.md by trying it out: every event, in every form that matters, on every state
 * that can be reached. Run as a program (`npm run diagram`) it writes the pictures into that page.
 */

type Kind = ServiceState['kind']
type EventKind = ServiceEvent['kind']

const PAGE = new URL('../../docs/supervision.md', import.meta.url)
const KINDS = Object.keys(table) as Kind[]

/** What each event is called in the pictures. */
const WORDS = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  kill: 'kill',
  enlist: 'goes by the clock',
  due: 'its time has come',
  follow: 'forerunner is new',
  spawned: 'process runs',
  spawnFailed: 'program cannot be run',
  socketFailed: 'socket cannot be had',
  ready: 'says it is ready',
  extend: 'asks for more time',
  leaving: 'says it ends',
  heartbeat: 'heartbeat',
  probed: 'probe is answered or not',
  examined: 'examined',
  interrogated: 'stack is told',
  exited: 'process ended',
  time: 'deadline',
} satisfies Record<EventKind, string>

/** The rules under which the table is tried. */
const RULE_SETS: readonly Rules[] = [
  RULES,
  { ...RULES, readiness: 'spawned', watchdogMs: null, probeEveryMs: null },
  { ...RULES, restart: { ...RULES.restart, on: 'failure' } },
  { ...RULES, scheduled: true, restart: { ...RULES.restart, on: 'never' } },
]

/** The forms of each event in which it may lead elsewhere. */
const FORMS: readonly Told[] = [
  ...(Object.keys(WORDS) as EventKind[]).map((kind) => ({ kind, nowMs: 0 }) as Told),
  ...[0, 1, 64].map((code): Told => ({ kind: 'exited', code, nowMs: 0 })),
  ...[true, false].map((spare): Told => ({ kind: 'exited', signal: 'SIGKILL', spare, nowMs: 0 })),
  ...(['watchdog', 'probe'] as const).flatMap((about) =>
    [true, false].map((hung): Told => ({ kind: 'examined', about, finding: { hung, words: 'x' }, nowMs: 0 })),
  ),
  { kind: 'probed', outcome: { kind: 'silent', error: 'x' }, nowMs: 0 },
  { kind: 'enlist', failure: 'x', nowMs: 0 },
]

/** Counts are told apart up to here: the starts of a window are used up by then, and the silent probes. */
const ENOUGH = RULES.restart.limit.restarts

/** What was seen of one cell: states it leads to, and whether it does anything without leaving the state. */
interface Cell {
  readonly to: Set<Kind>
  notes: boolean
}

type Cells = ReadonlyMap<string, Cell>

/** Tries everything on everything that can be reached. */
function tryAll(): Cells {
  const cells = new Map<string, Cell>()
  for (const from of KINDS) for (const event of Object.keys(WORDS)) cells.set(`${from} ${event}`, newCell())
  for (const rules of RULE_SETS) {
    const seen = new Map([[outline(NEW_SERVICE), NEW_SERVICE]])
    for (const state of seen.values()) {
      for (const told of FORMS) {
        const event = eventFor(state, { ...told, nowMs: nextDeadlineMs(state) ?? 1 })
        const { next, actions } = step(state, event, rules)
        const cell = cells.get(`${state.kind} ${event.kind}`) ?? newCell()
        if (next.kind !== state.kind) cell.to.add(next.kind)
        else if (next !== state || actions.length > 0) cell.notes = true
        if (!seen.has(outline(next))) seen.set(outline(next), next)
      }
    }
  }
  return cells
}

const newCell = (): Cell => ({ to: new Set(), notes: false })

/** A state without its times and with small numbers: what is left takes few values, so that the search ends. */
function outline(state: ServiceState): string {
  const { life: _, restarts: __, history, ...rest } = state
  return JSON.stringify({ ...rest, onTrial: history.onTrial, starts: history.startsMs.length }, (key, value) =>
    key.endsWith('Ms') && value !== null ? 'set' : typeof value === 'number' ? Math.min(value, ENOUGH) : value,
  )
}

/** The states and what leads from one to another, as Mermaid reads it. */
export function drawDiagram(cells: Cells = tryAll()): string {
  const lines = KINDS.flatMap((from) =>
    KINDS.flatMap((to) => {
      const events = (Object.keys(WORDS) as EventKind[]).filter((event) => cells.get(`${from} ${event}`)?.to.has(to))
      return events.length === 0 ? [] : [`  ${from} --> ${to}: ${events.map((event) => WORDS[event]).join(', ')}`]
    }),
  )
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> stopped', ...lines, '```', ''].join('\n')
}

/** Every cell of the table in a word: where it may lead, `noted` when it only changes or does something, else nothing. */
export function drawTable(cells: Cells = tryAll()): string {
  const row = (words: readonly string[]): string => `| ${words.join(' | ')} |`
  const rows = (Object.keys(WORDS) as EventKind[]).map((event) =>
    row([
      WORDS[event],
      ...KINDS.map((from) => {
        const cell = cells.get(`${from} ${event}`) ?? newCell()
        const leads = KINDS.filter((to) => cell.to.has(to))
        return leads.length > 0 ? leads.join(', ') : cell.notes ? 'noted' : ''
      }),
    ]),
  )
  return [row(['event', ...KINDS]), row(['event', ...KINDS].map(() => '---')), ...rows, ''].join('\n')
}

/** The page with the pictures as they are now between its marks. */
export function pageWithPictures(page: string = readFileSync(PAGE, 'utf8')): string {
  const cells = tryAll()
  const between = (text: string, mark: string, picture: string): string =>
    text.replace(new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`), (_, begin, end) => `${begin}${picture}${end}`)
  return between(between(page, 'diagram', drawDiagram(cells)), 'table', drawTable(cells))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(PAGE, pageWithPictures())
