import { expect, test } from 'vitest'
import { SpanRecord } from '../../../daemons/syslog/explain/span-record.ts'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'

function parse(text: string, spans: SpanRecord | null = null) {
  const inference = new TimeInference(() => 0)
  return parseMessage(text, { receiveMs: Date.UTC(2026, 10, 25, 12), inference, local: false, dialect: null, spans })
}

/** What stands behind PRI; host, program, process and text of it. */
test.each<[text: string, host: string | null, app: string | null, procId: string | null, msg: string]>([
  // The severity, the host once more or its address between host and tag.
  ['Nov 25 12:00:00 lb1 notice tmsh[16322]: 01420002:5: AUDIT', 'lb1', 'tmsh', '16322', '01420002:5: AUDIT'],
  ['Nov 25 12:00:00 ap1 daemon.info hostapd: up', 'ap1', 'hostapd', null, 'up'],
  ['Nov 25 12:00:00 gw1 gw1 dhcpd[9]: DHCPACK', 'gw1', 'dhcpd', '9', 'DHCPACK'],
  ['Nov 25 12:00:00 gw1 192.0.2.1 dhcpd: DHCPACK', 'gw1', 'dhcpd', null, 'DHCPACK'],
  ['Nov 25 12:00:00 gw1 192.0.2.1 is up', 'gw1', null, null, '192.0.2.1 is up'],
  ['Nov 25 12:00:00 gw1 err on port 3', 'gw1', 'err', null, 'on port 3'],
  // Tags with marks in them that no RFC has there.
  [
    'Nov 25 12:00:00 ap1 788a20aabbcc,U6-Lite-6.5+15: hostapd[9]: ath0',
    'ap1',
    '788a20aabbcc,U6-Lite-6.5+15',
    null,
    'hostapd[9]: ath0',
  ],
  ['Nov 25 12:00:00 gw1 a=b"c[12]: x', 'gw1', 'a=b"c', '12', 'x'],
  ['Nov 25 12:00:00 gw1 ansible-<stdin>: x', 'gw1', 'ansible-<stdin>', null, 'x'],
  ['Nov 25 12:00:00 gw1 a=b: x', 'gw1', null, null, 'a=b: x'],
  ['Nov 25 12:00:00 gw1 http://192.0.2.1/ is slow', 'gw1', null, null, 'http://192.0.2.1/ is slow'],
  // A host without a time.
  ['sw5 788a20aabbcc,USW-1.8: NETDEV: done', 'sw5', '788a20aabbcc,USW-1.8', null, 'NETDEV: done'],
  ['plug1 ESP-MQT: tele/plug1/STATE', 'plug1', 'ESP-MQT', null, 'tele/plug1/STATE'],
  ['gw1 sshd[12]: Accepted', 'gw1', 'sshd', '12', 'Accepted'],
  ['win1\tMSWinEventLog\t1\tSecurity', 'win1', 'MSWinEventLog', null, '1\tSecurity'],
  ['Link down: port 3', null, null, null, 'Link down: port 3'],
  ['- lamp1 wifi: connected', 'lamp1', 'wifi', null, 'connected'],
  // The end of a header of RFC 5424 behind another time.
  ['Nov 25 12:00:00 gw1 sshd - - - text', 'gw1', 'sshd', null, 'text'],
  ['2026-11-25T12:00:00Z gw1 app 12 - - text', 'gw1', 'app', '12', 'text'],
  ['Nov 25 12:00:00 gw1 Fan 3 speed - low', 'gw1', 'Fan', null, '3 speed - low'],
  // VERSION in front of a BSD header.
  ['1 Nov 25 12:00:00 gw1 app: text', 'gw1', 'app', null, 'text'],
  ['1 2026-11-25T12:00:00Z gw1 app[12]: text of many words', 'gw1', 'app', '12', 'text of many words'],
  ['1 2026-11-25 12:00:00,123 gw1 All Audits 30 1 0', 'gw1', 'All', null, 'Audits 30 1 0'],
  ['1 2026-11-25 12:00:00 gw1 app 12 - - text', 'gw1', 'app', '12', 'text'],
  ['1 25-11-2026T12:00:00Z gw1 app - - - text', 'gw1', 'app', null, 'text'],
  ['1 1795608000.774247467 gw1 flows src=192.0.2.1', 'gw1', 'flows', null, 'src=192.0.2.1'],
  // Cisco's own header behind that of a relay.
  ['Nov 25 12:00:00 sw9 45: 46: Nov 25 11:59:59.1: %SYS-5-X: text', 'sw9', '%SYS-5-X', null, 'text'],
  ['Nov 25 12:00:00 sw9 *Mar  1 00:00:10: %SYS-5-X: text', 'sw9', '%SYS-5-X', null, 'text'],
  ['Nov 25 12:00:00 sw9 45: text', 'sw9', '45', null, 'text'],
  ['Nov 25 12:00:00 sw9 45: Nov 25 11:59:59: text', 'sw9', null, null, 'text'],
  [
    'Nov 25 12:00:00 192.0.2.9 sw9: 46: Nov 25 2026 11:59:59.1 UTC: %SYS-5-X: text',
    '192.0.2.9',
    '%SYS-5-X',
    null,
    'text',
  ],
  ['Nov 25 12:00:00 sw9 45: %SYS-5-X: text', 'sw9', '%SYS-5-X', null, 'text'],
  ['Nov 25 12:00:00 sw9 Acl: 100: %ACL-6-X: text', 'sw9', 'Acl', null, '100: %ACL-6-X: text'],
  ['Nov 25 12:00:00 192.0.2.9 sw9: 46 of 47 are up', '192.0.2.9', 'sw9', null, '46 of 47 are up'],
  ['Nov 25 12:00:00 sw9 : 2026 Nov 25 11:59:59.123 AEST: %SYS-5-X: text', 'sw9', '%SYS-5-X', null, 'text'],
  ['Nov 25 12:00:00 sw9 2026 Nov 25 11:59:59.123 AEST: %SYS-5-X: text', 'sw9', '%SYS-5-X', null, 'text'],
  ['Nov 25 12:00:00 sw9 2026 Nov 25 11:59:59 was it', 'sw9', null, null, '2026 Nov 25 11:59:59 was it'],
  ['Nov 25 12:00:00 fw9 : Nov 25 11:59:59 EDT: %ASA-auth-4-11: text', 'fw9', '%ASA-auth-4-11', null, 'text'],
  [
    'Nov 25 12:00:00 xr9 RP/0/RP0/CPU0:Nov 25 11:59:59.1 UTC: snmpd[7]: %A-B-6-C : text',
    'xr9',
    'snmpd',
    '7',
    '%A-B-6-C : text',
  ],
  ['Nov 25 12:00:00 sw9 AEST: %SYS-SW2-5-X: text', 'sw9', '%SYS-SW2-5-X', null, 'text'],
  // A host with the colon of a tag, and times that no host follows.
  ['Nov 25 2026 12:00:00 fw9: %ASA-6-302021: text', 'fw9', '%ASA-6-302021', null, 'text'],
  ['2026 Nov 25 12:00:00 sw9 %LLDP-3-X: text', 'sw9', '%LLDP-3-X', null, 'text'],
  ['7: sw9: Nov 25 12:00:00.1 CET: NTP Core (NOTICE): text', 'sw9', null, null, 'NTP Core (NOTICE): text'],
  [': 2026 Nov 25 12:00:00 UTC: two words of text', null, null, null, 'two words of text'],
  // What syslogd says itself.
  ['Nov 25 12:00:00 gw1 last message repeated 3 times', 'gw1', null, null, 'last message repeated 3 times'],
  ['Nov 25 12:00:00 last message repeated 3 times', null, null, null, 'last message repeated 3 times'],
  ['Nov 25 12:00:00 gw1 last message was lost', 'gw1', 'last', null, 'message was lost'],
  // Facility and severity in front of the host, and UniFi's names.
  ['Nov 25 12:00:00 user.info cms1 authp:  text', 'cms1', 'authp', null, ' text'],
  ['Nov 25 12:00:00 sw1,788a20aabbcc,v4.0.66.1 switch: text', 'sw1,788a20aabbcc,v4.0.66.1', 'switch', null, 'text'],
  ['Nov 25 12:00:00 gw1 - - - - gw1 nh_fabric: text', 'gw1', null, null, 'gw1 nh_fabric: text'],
])('%s', (text, host, app, procId, msg) => {
  const message = parse(`<13>${text}`)
  const found = { host: message.host, app: message.app, procId: message.procId, msg: message.msg }
  expect(found).toEqual({ host, app, procId, msg })
})

test('what stands behind a PRI that something stands in front of is read', () => {
  const text = '<13>1 2026-11-25T12:00:00Z gw1 app - - - größer'
  const octets = Buffer.byteLength(text)
  for (const front of ['\ufeff', '\n \t', `${octets} `]) {
    expect(parse(front + text)).toMatchObject({ host: 'gw1', msg: 'größer', flags: ['trimmed'], exact: false })
  }
  expect(parse(`${octets + 1} ${text}\n`)).toMatchObject({ host: 'gw1', msg: 'größer' })
  expect(parse(`${octets - 1} ${text}`)).toMatchObject({ host: null, flags: ['no-pri'] })
})

test('structured data behind a BSD time is read as such, and found where it stands', () => {
  const spans = new SpanRecord()
  const text = '<13>Nov 25 12:00:00 gw1 app 12 ID47 [a@1 b="c"] text'
  const message = parse(text, spans)
  expect(message).toMatchObject({
    app: 'app',
    procId: '12',
    msgId: 'ID47',
    msg: 'text',
    flags: [expect.any(String), expect.any(String)],
  })
  expect(message.structuredData).toEqual([{ sdId: 'a@1', params: [['b', 'c']] }])
  const found = spans.spans.map(({ field, start, end }) => `${field}=${text.slice(start, end)}`)
  expect(found.slice(-6)).toEqual(['app=app', 'procid=12', 'msgid=ID47', 'sd=a@1', 'sd=c', 'msg=text'])
})
