import { median, printTable } from './figures.ts'
import { measureParser } from './syslog-parser.ts'
import { measureTcp, measureUdp, type Round } from './syslog-round.ts'
import { hasRsyslog, hasSyslogNg, lanward, rsyslog, type Side, syslogNg } from './syslog-sides.ts'

/**
 * What collecting costs, ours, rsyslogd's and syslog-ng's in turn, after one second of warm-up each: 200-byte messages over UDP at
 * several rates, and over 50 TCP connections as fast as they are taken. Both write one structured JSON line of the same
 * fields per message to one file, which is brought to the disk once a second (ours) or never (theirs). Also one and two
 * instances of ours at a rate that one thread cannot take, and our parsers alone. Build first: our daemon runs as the bundle
 * in dist/.
 *
 * Arguments: rounds (default 3), seconds per round (default 3), rates (default 50000,100000,150000).
 */
const [rounds = 3, seconds = 3] = process.argv.slice(2, 4).map(Number)
const rates = (process.argv[4] ?? '50000,100000,150000').split(',').map(Number)
const CONNECTIONS = 50
const MESSAGES_EACH = 10_000
/** More than one receiver takes on the machine at hand, from as many ports as to reach all sockets of one address. */
const DIVIDED = { rate: 300_000, ports: 16 }

async function main(): Promise<void> {
  if (!hasRsyslog) process.stdout.write('rsyslogd is not installed: only our own figures\n')
  const rows: (string | number)[][] = []
  for (const rate of rates) {
    const sides = [lanward(), ...(hasRsyslog ? [rsyslog()] : []), ...(hasSyslogNg ? [syslogNg()] : [])]
    for (const { title, measured, ratio } of await inTurn(sides, (side) => measureUdp(side, rate, seconds))) {
      const lost = measured.map((round) => round.sent - round.stored)
      rows.push([rate, title, median(lost), lost.join(', '), ...costs(measured), ratio])
    }
  }
  process.stdout.write('\nUDP, 200-byte messages\n\n')
  printTable(
    ['sent/s', 'collector', 'lost, median', 'in each round', 'µs CPU/message', 'most RSS, MiB', 'of rsyslogd'],
    rows,
  )

  process.stdout.write(`\nUDP, ${DIVIDED.rate} messages/s from ${DIVIDED.ports} ports\n\n`)
  const divided = await inTurn([lanward(), lanward(2)], (side) =>
    measureUdp(side, DIVIDED.rate, seconds, DIVIDED.ports),
  )
  printTable(
    ['collector', 'sent/s', 'stored/s', 'µs CPU/message', 'most RSS, MiB'],
    divided.map(({ title, measured }) => [
      title,
      Math.round(median(measured.map(({ perSecond }) => perSecond))),
      Math.round(median(measured.map(({ perSecond, sent, stored }) => (perSecond * stored) / sent))),
      ...costs(measured),
    ]),
  )

  process.stdout.write(`\nTCP, ${CONNECTIONS} connections, ${MESSAGES_EACH} messages each\n\n`)
  const peers = [lanward(), ...(hasRsyslog ? [rsyslog(), rsyslog('imptcp')] : []), ...(hasSyslogNg ? [syslogNg()] : [])]
  const streams = await inTurn(peers, (side) => measureTcp(side, CONNECTIONS, MESSAGES_EACH))
  printTable(
    ['collector', 'stored/s', 'lost', 'µs CPU/message', 'most RSS, MiB', 'of rsyslogd'],
    streams.map(({ title, measured, ratio }) => [
      title,
      Math.round(median(measured.map(({ perSecond }) => perSecond))),
      median(measured.map(({ sent, stored }) => sent - stored)),
      ...costs(measured),
      ratio,
    ]),
  )

  process.stdout.write('\nThe parsers alone\n\n')
  printTable(['form', 'ns/message', 'messages/s'], measureParser())
}

interface Result {
  readonly title: string
  readonly measured: readonly Round[]
  /** CPU per message, of that of rsyslogd. */
  readonly ratio: string
}

/** Alternates between the collectors, so that what else the machine does meets all of them. */
async function inTurn(sides: readonly Side[], measure: (side: Side) => Promise<Round>): Promise<readonly Result[]> {
  const results = new Map<string, Round[]>(sides.map(({ title }) => [title, []]))
  for (let round = 0; round < rounds; round++)
    for (const side of sides) results.get(side.title)?.push(await measure(side))
  const cost = (measured: readonly Round[]): number => median(measured.map(({ microseconds }) => microseconds))
  const theirs = cost(results.get(rsyslog().title) ?? [])
  return [...results].map(([title, measured]) => {
    const ratio = cost(measured) / theirs
    return { title, measured, ratio: Number.isNaN(ratio) ? '-' : ratio.toFixed(2) }
  })
}

function costs(measured: readonly Round[]): readonly string[] {
  const peak = Math.max(...measured.map(({ peakBytes }) => peakBytes))
  return [median(measured.map(({ microseconds }) => microseconds)).toFixed(2), (peak / (1 << 20)).toFixed(0)]
}

await main()
