import type { StoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'

/** A stored message with these fields of its own. */
export function storedRecord(changes: Partial<StoredRecord> = {}): StoredRecord {
  return {
    seq: 7,
    rt: '2026-01-31T12:00:00.123456Z',
    src: '192.0.2.7:514',
    facility: 1,
    severity: 5,
    host: 'sw1',
    app: 'ifmgr',
    procid: '12',
    msgid: null,
    ts: '2026-01-31T13:00:00+01:00',
    sd: null,
    msg: 'link up',
    format: 'rfc5424',
    flags: [],
    line: '',
    ...changes,
  }
}
