import { randomInt } from 'node:crypto'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { askDatagram, type DatagramVerdict } from './ask-datagram.ts'
import type { Probe, ProbeOptions } from './probe.ts'

/**
 * Sends a marked message that the daemon takes apart like any other, writes to a file beside the segments of its store,
 * reads back and returns; it answers with an error instead when the newest segment does not end with the newest message
 * or the store has a fault. One stored line per probe would be 17,000 a day: it is not kept.
 *
 * @rfc 5424 section 6
 */
export function probeSyslog(options: ProbeOptions & { readonly url: ListenUrl }): Probe {
  const { url, token, timeoutMs, now } = options
  let number = randomInt(2 ** 31)
  return (signal) => {
    number += 1
    const mark = String(number)
    const bytes = Buffer.from(`<46>1 - - lanward-probe - - [probe@32473 token="${token}" n="${mark}"]`)
    return askDatagram({ url, bytes, timeoutMs, now, judge: (answer) => judgeAnswer(answer, mark) }, signal)
  }
}

/** The stored line must be a whole one and carry the number of this very question. */
function judgeAnswer(answer: Buffer, mark: string): DatagramVerdict {
  let line: unknown
  try {
    line = JSON.parse(answer.toString('utf8'))
  } catch {
    return { error: 'the stored line is no JSON' }
  }
  const error = field(line, 'error')
  if (typeof error === 'string') return { error: error.replace(/\p{Cc}/gu, '?').slice(0, 500) }
  const stored = field(field(field(line, 'sd'), 'probe@32473'), 'n')
  if (stored === undefined) return { error: 'the stored line is not the one that was sent' }
  return stored === mark ? 'ok' : 'other'
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
