import { Dice } from './dice.ts'

/** What a text is made from. */
export interface Occasion {
  readonly host: string
  readonly at: Date
  readonly dice: Dice
  /** Messages of this device before. */
  readonly count: number
}

/** Whom a site meets: the same clients and strangers again and again, some of them far more often. */
const met = new Dice(7)
const many = <Item>(count: number, make: () => Item): readonly Item[] => Array.from({ length: count }, make)
const STRANGERS = many(6000, () => [11 + met.below(180), met.below(256), met.below(256), 1 + met.below(254)].join('.'))
const CLIENTS = many(1500, () => ({
  address: `10.20.${met.below(8)}.${10 + met.below(200)}`,
  mac: `52:54:00:${[0, 0, 0].map(() => met.below(256).toString(16).padStart(2, '0')).join(':')}`,
}))
const inside = (dice: Dice): string => dice.skewed(CLIENTS).address
const outside = (dice: Dice): string => (dice.below(20) === 0 ? stranger(dice) : dice.skewed(STRANGERS))
const mac = (dice: Dice): string => dice.skewed(CLIENTS).mac
/** One never met before. */
const stranger = (dice: Dice): string =>
  [11 + dice.below(180), dice.below(256), dice.below(256), 1 + dice.below(254)].join('.')

type Template = (occasion: Occasion) => string

const USERS = 'root admin backup deploy jenkins anna mhuber kschmidt nagios postgres guest test oracle ubuntu pi'.split(
  ' ',
)
const KEYS = 'x8Fq2LrT0aPz7WmNc4Yv9HsJd1KeUgBo mB5tQy3RnE6wXk0CjZaVh8SiGp2OfDlU Zk4vP9sLqW1xTn7HcRy0JmBd3FgAeUo5'.split(
  ' ',
)
const PATHS =
  '/ /index.html /login /api/v1/items /api/v1/orders /static/app.js /favicon.ico /metrics /wp-login.php'.split(' ')
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'curl/8.9.1',
  'Prometheus/3.1.0',
]
const UNITS = 'apt-daily logrotate fstrim man-db systemd-tmpfiles-clean phpsessionclean certbot motd-news'.split(' ')
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

const two = (value: number): string => String(value).padStart(2, '0')
const clock = (at: Date): string => at.toISOString().slice(11, 19)
const bsdTime = (at: Date): string => `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${clock(at)}`
const port = (dice: Dice): number => 1024 + dice.below(64000)
const slot = (dice: Dice): string => `GigabitEthernet1/0/${1 + dice.small(48)}`

/** Connections through the firewall and letters in the mail queue, which several messages name. */
interface Affair {
  readonly id: string
  readonly outside: string
  readonly inside: string
  readonly port: number
}

/** Things that begin with one message and are named again by later ones. */
class Affairs {
  readonly #recent: Affair[] = []

  begin(dice: Dice, id: string): Affair {
    const affair = { id, outside: outside(dice), inside: inside(dice), port: 49_152 + dice.below(16_384) }
    this.#recent.push(affair)
    if (this.#recent.length > 400) this.#recent.shift()
    return affair
  }

  again(dice: Dice): Affair {
    return this.#recent.length === 0 ? this.begin(dice, '1') : dice.one(this.#recent)
  }
}

const connections = new Affairs()
const letters = new Affairs()

/** A program of a Unix host, in the BSD format. */
const bsd =
  (pri: number, app: string, withPid: boolean, text: (dice: Dice, occasion: Occasion) => string): Template =>
  (occasion) => {
    const { host, at, dice, count } = occasion
    // Pids grow, one or a few for each thing that a host does.
    const pid = withPid ? `[${300 + ((count >> 3) % 32000)}]` : ''
    return `<${pri}>${bsdTime(at)} ${host} ${app}${pid}: ${text(dice, occasion)}`
  }

/** A Cisco switch, with number and milliseconds. */
const cisco =
  (pri: number, mnemonic: string, text: (dice: Dice) => string): Template =>
  ({ at, dice, count }) =>
    `<${pri}>${count}: ${bsdTime(at)}.${String(at.getUTCMilliseconds()).padStart(3, '0')}: %${mnemonic}: ${text(dice)}`

/** A firewall of the ASA kind. */
const asa =
  (pri: number, code: string, text: (dice: Dice, count: number) => string): Template =>
  ({ host, at, dice, count }) =>
    `<${pri}>${bsdTime(at)} ${host} : %ASA-${code}: ${text(dice, count)}`

/** A service that speaks RFC 5424. */
const modern =
  (pri: number, app: string, msgId: string, sd: (dice: Dice) => string, text: (dice: Dice) => string): Template =>
  ({ host, at, dice }) =>
    `<${pri}>1 ${at.toISOString()} ${host} ${app} ${1000 + dice.below(40)} ${msgId} ${sd(dice)} ${text(dice)}`

const upDown = (dice: Dice): string => dice.one(['up', 'down'])
const linux: readonly Template[] = [
  bsd(
    86,
    'CRON',
    true,
    (dice) => `pam_unix(cron:session): session opened for user ${dice.skewed(USERS)}(uid=0) by (uid=0)`,
  ),
  bsd(86, 'CRON', true, (dice) => `pam_unix(cron:session): session closed for user ${dice.skewed(USERS)}`),
  bsd(30, 'systemd', false, (dice) => `Started ${dice.skewed(UNITS)}.service - periodic work.`),
  bsd(
    38,
    'sshd',
    true,
    (dice) =>
      `Failed password for ${dice.below(3) === 0 ? 'invalid user ' : ''}${dice.skewed(USERS)} from ${outside(dice)} port ${port(dice)} ssh2`,
  ),
  bsd(
    78,
    'CRON',
    true,
    (dice) =>
      `(${dice.skewed(USERS)}) CMD (test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.hourly ))`,
  ),
  bsd(
    30,
    'systemd',
    true,
    (dice) => `Finished ${dice.one(UNITS)}.service - periodic work, consumed ${dice.small(9000)}ms CPU time.`,
  ),
  bsd(
    38,
    'sshd',
    true,
    (dice) =>
      `Accepted publickey for ${dice.skewed(USERS)} from ${inside(dice)} port ${port(dice)} ssh2: ED25519 SHA256:${dice.skewed(KEYS)}`,
  ),
  bsd(
    86,
    'sudo',
    false,
    (dice) =>
      `${dice.skewed(USERS)} : TTY=pts/${dice.below(9)} ; PWD=/home ; USER=root ; COMMAND=/usr/bin/systemctl restart ${dice.one(UNITS)}`,
  ),
  bsd(
    4,
    'kernel',
    false,
    (dice) =>
      `[UFW BLOCK] IN=eth0 OUT= MAC=${mac(dice)} SRC=${outside(dice)} DST=${inside(dice)} LEN=${40 + dice.small(60)} TTL=${40 + dice.small(200)} ID=${dice.below(65536)} DF PROTO=TCP SPT=${port(dice)} DPT=${dice.one([22, 23, 80, 443, 3389, 5900])} WINDOW=1024 RES=0x00 SYN URGP=0`,
  ),
  bsd(35, 'dhcpd', true, (dice) => `no free leases for ${mac(dice)} via eth1`),
  bsd(
    3,
    'kernel',
    false,
    (dice) =>
      `EXT4-fs error (device sda1): ext4_lookup:1789: inode #${dice.below(2 ** 22)}: comm find: deleted inode referenced`,
  ),
]

/** What each kind of device says, the most frequent first. */
export const templates: Readonly<Record<string, readonly Template[]>> = {
  fw: [
    asa(166, '6-302013', (dice, count) => {
      const affair = connections.begin(dice, String(count))
      return `Built outbound TCP connection ${affair.id} for outside:${affair.outside}/443 (${affair.outside}/443) to inside:${affair.inside}/${affair.port} (10.1.1.1/${affair.port})`
    }),
    asa(166, '6-302014', (dice) => {
      const affair = connections.again(dice)
      return `Teardown TCP connection ${affair.id} for outside:${affair.outside}/443 to inside:${affair.inside}/${affair.port} duration 0:${two(dice.small(60))}:${two(dice.below(60))} bytes ${dice.small(900000)} TCP FINs`
    }),
    asa(
      164,
      '4-106023',
      (dice) =>
        `Deny tcp src outside:${outside(dice)}/${port(dice)} dst inside:${inside(dice)}/${dice.one([22, 23, 445, 3389])} by access-group "outside_in" [0x0, 0x0]`,
    ),
    asa(
      163,
      '3-710003',
      (dice) => `TCP access denied by ACL from ${outside(dice)}/${port(dice)} to outside:192.0.2.1/443`,
    ),
  ],
  sw: [
    cisco(
      189,
      'LINEPROTO-5-UPDOWN',
      (dice) => `Line protocol on Interface ${slot(dice)}, changed state to ${upDown(dice)}`,
    ),
    cisco(187, 'LINK-3-UPDOWN', (dice) => `Interface ${slot(dice)}, changed state to ${upDown(dice)}`),
    cisco(
      189,
      'DOT1X-5-SUCCESS',
      (dice) => `Authentication successful for client (${mac(dice)}) on Interface ${slot(dice)}`,
    ),
    cisco(
      188,
      'SW_MATM-4-MACFLAP_NOTIF',
      (dice) =>
        `Host ${mac(dice)} in vlan ${dice.one([10, 20, 30, 99])} is flapping between port Gi1/0/${dice.below(48)} and port Te1/1/${dice.below(4)}`,
    ),
    cisco(
      189,
      'SYS-5-CONFIG_I',
      (dice) => `Configured from console by ${dice.skewed(USERS)} on vty${dice.below(4)} (${inside(dice)})`,
    ),
    cisco(
      186,
      'PLATFORM_ENV-2-FAN',
      (dice) => `FAN ${dice.below(3)} in switch 1 has failed, speed ${dice.below(900)} rpm`,
    ),
  ],
  web: [
    bsd(
      190,
      'nginx',
      false,
      (dice, { at }) =>
        `${outside(dice)} - - [${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${clock(at)} +0000] "${dice.skewed(['GET', 'POST', 'HEAD'])} ${dice.skewed(PATHS)} HTTP/1.1" ${dice.skewed([200, 304, 404, 302, 500])} ${dice.small(40000)} "-" "${dice.skewed(AGENTS)}"`,
    ),
    ...linux.slice(0, 4),
  ],
  app: [
    modern(
      134,
      'orders',
      'ORDER',
      (dice) => `[order@32473 id="${dice.below(10 ** 7)}" customer="${dice.small(5000)}"]`,
      (dice) =>
        `order accepted, ${1 + dice.below(20)} items, total ${5 * dice.small(9000)} cents, took ${dice.small(900)} ms`,
    ),
    modern(
      135,
      'orders',
      'SQL',
      () => '-',
      (dice) => `SELECT * FROM stock WHERE article = ${dice.small(20000)} -- ${dice.small(5000)} us`,
    ),
    modern(
      131,
      'billing',
      'RETRY',
      (dice) => `[trace@32473 span="${dice.below(2 ** 31).toString(16)}"]`,
      (dice) =>
        `payment gateway ${inside(dice)}:8443 timed out after ${1000 * (1 + dice.below(9))} ms, attempt ${1 + dice.below(5)}`,
    ),
    modern(
      133,
      'auth',
      'LOGIN',
      () => '-',
      (dice) => `user ${dice.skewed(USERS)} signed in from ${outside(dice)} by password`,
    ),
  ],
  ap: [
    bsd(30, 'hostapd', false, (dice) => `wlan0: STA ${mac(dice)} IEEE 802.11: associated (aid ${1 + dice.below(120)})`),
    bsd(30, 'hostapd', false, (dice) => `wlan0: STA ${mac(dice)} WPA: group key handshake completed (RSN)`),
    bsd(
      30,
      'hostapd',
      false,
      (dice) =>
        `wlan1: STA ${mac(dice)} IEEE 802.11: disassociated due to inactivity, signal -${30 + dice.below(60)} dBm`,
    ),
    bsd(
      28,
      'hostapd',
      false,
      (dice) => `wlan1: STA ${mac(dice)} MLME: authentication failed, reason ${dice.below(30)}`,
    ),
  ],
  srv: linux,
  mail: [
    bsd(22, 'postfix/smtpd', true, (dice, { count }) => {
      const { id, outside: from } = letters.begin(dice, (count * 7919).toString(16).toUpperCase())
      return `${id}: client=unknown[${from}]`
    }),
    bsd(22, 'postfix/qmgr', true, (dice) => {
      const { id, port: size } = letters.again(dice)
      return `${id}: from=<${dice.skewed(USERS)}@example.com>, size=${size}, nrcpt=1 (queue active)`
    }),
    bsd(22, 'postfix/smtp', true, (dice) => {
      const { id } = letters.again(dice)
      return `${id}: to=<${dice.skewed(USERS)}@example.org>, relay=mx1.example.org[192.0.2.25]:25, delay=${dice.small(900) / 100}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ${id}F)`
    }),
    bsd(22, 'postfix/qmgr', true, (dice) => `${letters.again(dice).id}: removed`),
    ...linux.slice(0, 3),
  ],
  prn: [
    ({ at, dice }) =>
      `<14>${bsdTime(at)} printer: paper low in tray ${1 + dice.below(4)}, ${dice.below(50)} sheets left`,
    ({ dice }) => `<13>job ${dice.below(100000)} of ${dice.skewed(USERS)} done, ${1 + dice.below(40)} pages`,
    bsd(11, 'spooler', true, (dice) => `cannot reach ${inside(dice)}: connection timed out after ${dice.below(60)} s`),
  ],
}
