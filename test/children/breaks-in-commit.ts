/** The syslog daemon with a fault of its own: it throws where it stores a batch with `poison` in it. */
import { SegmentStore } from '../../daemons/syslog/store/segment-store.ts'

const { append } = SegmentStore.prototype
SegmentStore.prototype.append = function (lines, count) {
  if (Buffer.from(lines).includes('poison')) throw new Error('a defect')
  return append.call(this, lines, count)
}
await import('../../daemons/syslog/main.ts')
