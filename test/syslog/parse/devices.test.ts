import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { dialectOf } from '../../../daemons/syslog/senders/dialect.ts'

/** A message as each kind of device sends it, and what of it is stored: dialect, host, program. */
const DEVICES: readonly (readonly [
  device: string,
  text: string,
  want: readonly [string, string | null, string | null],
])[] = [
  [
    'Cisco IOS, IOS XE',
    '<189>29: sw1: Nov 25 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console',
    ['cisco', 'sw1', '%SYS-5-CONFIG_I'],
  ],
  [
    'Cisco IOS, IOS XE',
    '<189>: 000031: sw1: Nov 25 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console',
    ['cisco', 'sw1', '%SYS-5-CONFIG_I'],
  ],
  ['Cisco IOS, IOS XE', '<189>: 31: 00:20:10: %SYS-5-CONFIG_I: Up', ['cisco', null, '%SYS-5-CONFIG_I']],
  ['Cisco ASA', '<166>Nov 25 2026 12:00:00 fw1 : %ASA-6-302013: Built outbound', ['cisco', 'fw1', '%ASA-6-302013']],
  ['Cisco ASA', '<166>:Nov 25 12:00:00 UTC: %ASA-session-6-302013: Built', ['cisco', null, '%ASA-session-6-302013']],
  [
    'Cisco NX-OS',
    '<189>: 2026 Nov 25 12:00:00 UTC: %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up',
    ['cisco', null, '%ETHPORT-5-IF_UP'],
  ],
  [
    'Cisco NX-OS',
    '<189>: nx1: 2026 Nov 25 12:00:00.123 UTC: %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up',
    ['cisco', 'nx1', '%ETHPORT-5-IF_UP'],
  ],
  ['Arista EOS', '<190>Nov 25 12:00:00 leaf1 Ebra: %LINEPROTO-5-UPDOWN: Line protocol', ['rfc3164', 'leaf1', 'Ebra']],
  ['Juniper Junos', '<28>Nov 25 12:00:00 mx1 mgd[4711]: UI_COMMIT: User root', ['rfc3164', 'mx1', 'mgd']],
  [
    'Juniper Junos, `structured-data`',
    '<165>1 2026-11-25T12:00:00.123Z mx1 mgd 3046 UI_COMMIT [junos@2636.1.1.1.2.18 username="root"] User',
    ['rfc5424', 'mx1', 'mgd'],
  ],
  ['MikroTik RouterOS', '<30>system,info,account user admin logged in', ['raw', null, null]],
  ['MikroTik RouterOS', '<30>Nov 25 12:00:00 gw1 system,info,account user admin logged in', ['rfc3164', 'gw1', null]],
  [
    'Ubiquiti UniFi',
    '<13>Nov 25 12:00:00 ap1 788a20aabbcc,UAP-AC-Pro-6.5.28: hostapd[2011]: ath0',
    ['rfc3164', 'ap1', '788a20aabbcc,UAP-AC-Pro-6.5.28'],
  ],
  [
    'OpenWrt',
    '<29>Nov 25 12:00:00 OpenWrt dnsmasq-dhcp[1234]: DHCPACK(br-lan)',
    ['rfc3164', 'OpenWrt', 'dnsmasq-dhcp'],
  ],
  ['FortiGate', '<189>date=2026-11-25 time=12:00:00 devname="fgt1" type="traffic"', ['raw', null, null]],
  ['FortiGate, `format rfc5424`', '<189>1 2026-11-25T12:00:00Z fgt1 - - - - type="traffic"', ['rfc5424', 'fgt1', null]],
  [
    'Palo Alto',
    '<14>1 2026-11-25T12:00:00.000+00:00 pa1 - - - - 1,2026/11/25 12:00:00,0128,TRAFFIC',
    ['rfc5424', 'pa1', null],
  ],
  ['pfSense', '<134>Nov 25 12:00:00 filterlog[4711]: 4,,,1000000103,igb0,match', ['no-host', null, 'filterlog']],
  [
    'pfSense, RFC 5424',
    '<134>1 2026-11-25T12:00:00.1+01:00 pf1 filterlog 4711 - - 4,,,1',
    ['rfc5424', 'pf1', 'filterlog'],
  ],
  [
    'OPNsense',
    '<134>1 2026-11-25T12:00:00+01:00 opn1 filterlog 4711 - [meta sequenceId="12"] 4',
    ['rfc5424', 'opn1', 'filterlog'],
  ],
  [
    'VMware ESXi',
    '<14>2026-11-25T12:00:00.123Z esx1 vobd[2097655]: [netCorrelator] 1us: link up',
    ['rfc3164', 'esx1', 'vobd'],
  ],
  [
    'Synology DSM',
    '<14>1 2026-11-25T12:00:00+01:00 nas1 Connection - - - User [admin] signed in',
    ['rfc5424', 'nas1', 'Connection'],
  ],
  [
    'HP ProCurve, ArubaOS-Switch',
    '<14> Nov 25 12:00:00 10.0.0.5 00076 ports:  port 3 is now on-line',
    ['rfc3164', '10.0.0.5', '00076'],
  ],
  [
    'Aruba AOS-CX',
    '<190>1 2026-11-25T12:00:00.1+01:00 cx1 intfd 1234 - - Event|403|LOG_INFO',
    ['rfc5424', 'cx1', 'intfd'],
  ],
  [
    'Windows by NXLog',
    '<14>1 2026-11-25T12:00:00.1+01:00 WIN10 Microsoft-Windows-Security-Auditing 704 - [NXLOG@14506 EventID="4624"] An account',
    ['rfc5424', 'WIN10', 'Microsoft-Windows-Security-Auditing'],
  ],
  ['Docker', '<30>1 2026-11-25T12:00:00.1+01:00 host1 web 812 web - hello', ['rfc5424', 'host1', 'web']],
  [
    'Proxmox VE',
    '<29>Nov 25 12:00:00 pve1 pvedaemon[1234]: <root@pam> successful auth',
    ['rfc3164', 'pve1', 'pvedaemon'],
  ],
  ['TrueNAS', '<30>1 2026-11-25T12:00:00.1+01:00 nas2 middlewared 812 - - msg', ['rfc5424', 'nas2', 'middlewared']],
  ['APC UPS', '<132>Nov 25 12:00:00 10.0.0.7 UPS: On battery power. 0x0109', ['rfc3164', '10.0.0.7', 'UPS']],
  ['Linux, rsyslog', '<30>1 2026-11-25T12:00:00.1+01:00 host1 cron 812 - - ran', ['rfc5424', 'host1', 'cron']],
  [
    'Linux, syslog-ng',
    '<30>1 2026-11-25T12:00:00+01:00 host1 cron 812 - [meta sequenceId="1"] ran',
    ['rfc5424', 'host1', 'cron'],
  ],
  ['Linux, journald alone', '<30>1 2026-11-25T12:00:00.1+01:00 host1 cron 812 - - ran', ['rfc5424', 'host1', 'cron']],
  ['busybox', '<132>Nov 25 12:00:00 bb: text', ['no-host', null, 'bb']],
  ['Python', '<131>text of any kind', ['raw', null, null]],
  ['Python', '<131>backup: text of any kind', ['no-host', null, 'backup']],
  ['HP LaserJet', '<134>printer: peripheral low-power state', ['no-host', null, 'printer']],
]

const documented = readFileSync(new URL('../../../docs/syslog.md', import.meta.url), 'utf8')
  .split('## What to type on a device')[1]
  ?.split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '))

test.each(DEVICES)('%s: %s', (device, text, want) => {
  const context = { receiveMs: Date.UTC(2026, 10, 25, 12), inference: new TimeInference(() => 60), local: false }
  const message = parseMessage(text, { ...context, dialect: null })
  expect([dialectOf(message), message.host, message.app]).toEqual(want)
  // The table for people says the same.
  const dialects = documented?.find(([name]) => name === device)?.at(-1)
  expect(dialects).toContain(`\`${want[0]}\``)
})

test('every row of the table has a message here', () => {
  const rows = documented?.map(([name]) => name).filter((name) => name !== 'device') ?? []
  expect(rows.length).toBeGreaterThan(25)
  expect(rows.filter((name) => !DEVICES.some(([device]) => device === name))).toEqual([])
})

test('a colon and a number alone make no header', () => {
  const context = { receiveMs: Date.UTC(2026, 10, 25, 12), inference: new TimeInference(() => 60), local: false }
  const { format, msg } = parseMessage('<189>: 31: and then some', { ...context, dialect: null })
  expect({ format, msg }).toEqual({ format: 'raw', msg: ': 31: and then some' })
})
