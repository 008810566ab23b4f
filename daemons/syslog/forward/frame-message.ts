import type { ForwardSection } from '../section.ts'
import type { FrameBytes } from './frame-bytes.ts'
import { PASSAGE_SD } from './passage.ts'
import { prepareMessage, type Sender } from './prepare-message.ts'
import { formatField, formatTimestamp } from './rfc5424-text.ts'
import { escapeValue } from './sd-element.ts'
import { hostOf } from './sender-host.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * Puts into a stream what `prepareMessage` makes. The usual message, without structured data and short enough for any target, is
 * written part by part: to put a string of it together and take that apart again took a third of the time of forwarding.
 */
export function frameMessage(into: FrameBytes, record: StoredRecord, section: FrameSection, sender: Sender): void {
  const { format, origin, maxMessageBytes } = section
  const isShort = (record.msg.length + MOST_BESIDES) * MOST_BYTES_OF_A_CHARACTER <= maxMessageBytes
  if (format === 'rfc5424' && record.sd === null && isShort) writeRfc5424(into, record, origin, sender)
  else into.add(prepareMessage(record, section, sender))
}

type FrameSection = Pick<ForwardSection, 'format' | 'origin' | 'maxMessageBytes'>

/** @rfc 5424 section 6 */
function writeRfc5424(into: FrameBytes, record: StoredRecord, origin: boolean, { box, host }: Sender): void {
  const { facility, severity, seq, rt, src, ts, app, procid, msgid, flags, msg } = record
  into.begin()
  into.ascii('<')
  into.integer(facility * 8 + severity)
  into.ascii('>1 ')
  into.ascii(formatTimestamp(ts ?? rt))
  into.ascii(' ')
  into.ascii(formatField(hostOf(record, host), 255))
  into.ascii(' ')
  into.ascii(formatField(app, 48))
  into.ascii(' ')
  into.ascii(formatField(procid, 128))
  into.ascii(' ')
  into.ascii(formatField(msgid, 32))
  if (origin) {
    into.ascii(PASSAGE_BEGINS)
    into.ascii(box)
    into.ascii('" seq="')
    into.integer(seq)
    into.ascii('" rt="')
    into.ascii(rt)
    into.ascii('" src="')
    into.ascii(escapeValue(src))
    if (flags.length > 0) {
      into.ascii('" flags="')
      for (const [index, flag] of flags.entries()) into.ascii(index === 0 ? flag : ` ${flag}`)
    }
    into.ascii('"]')
  } else into.ascii(' -')
  const bom = flags.length > 0 && flags.includes('bom')
  if (msg !== '' || bom) into.ascii(' ')
  if (bom) into.text('\ufeff')
  if (msg !== '') into.text(msg)
  into.end()
}

const PASSAGE_BEGINS = ` [${PASSAGE_SD} hop="`
/** Header and structured data together are shorter. */
const MOST_BESIDES = 1024
const MOST_BYTES_OF_A_CHARACTER = 3
