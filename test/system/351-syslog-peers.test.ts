import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Box, startBox } from '../support/box.ts'
import { Certificates } from '../support/certificates.ts'
import { PeerCollector } from '../support/collectors.ts'
import { freePort } from '../support/free-port.ts'
import { testWith } from '../support/needs.ts'
import { stored } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

const LISTEN = 'listen = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]\n'

/** A box that also serves TLS to clients of the authority. */
function startSecured(certificates: Certificates): Promise<Box> {
  for (const name of ['box', 'peer']) certificates.issue(name)
  const tls = ['box.pem', 'box.key', 'ca.pem'].map((file) => JSON.stringify(certificates.path(file)))
  return startBox({
    config: `[syslog]\n${LISTEN}tls = { listen = ["tls://127.0.0.1:0"], cert = ${tls[0]}, key = ${tls[1]}, client_ca = ${tls[2]}, client_names = ["peer"] }\n`,
  })
}

/** Through the socket of a peer, as programs of its machine do. */
function logger(socket: string, text: string): void {
  const socketWords = ['--socket', socket, '--socket-errors=on']
  const sd = ['--sd-id', 'ex@1', '--sd-param', 'a="b"']
  execFileSync(
    'logger',
    [...socketWords, '--rfc5424', '--msgid', 'ID1', '-t', 'app', '-p', 'local2.crit', ...sd, text],
    {
      stdio: 'ignore',
    },
  )
}

describe('rsyslogd sends to us', () => {
  testWith(
    ['rsyslog with TLS', 'program openssl', 'program logger'],
    'by UDP, TCP in both framings, and TLS',
    async () => {
      using certificates = new Certificates()
      await using box = await startSecured(certificates)
      await using peer = PeerCollector.rsyslogd()
      const [udp, tcp, tls] = [
        await box.port('syslog', 'udp'),
        await box.port('syslog', 'tcp'),
        await box.port('syslog', 'tls'),
      ]
      const ways = [
        `name="udp" target="127.0.0.1" port="${udp}" protocol="udp"`,
        `name="tcp" target="127.0.0.1" port="${tcp}" protocol="tcp"`,
        `name="counted" target="127.0.0.1" port="${tcp}" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"`,
        `name="tls" target="127.0.0.1" port="${tls}" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="box"`,
      ]
      await peer.start(`global(workDirectory="${peer.folder}" localHostname="edge"
  DefaultNetstreamDriverCAFile="${certificates.path('ca.pem')}" DefaultNetstreamDriverCertFile="${certificates.path('peer.pem')}" DefaultNetstreamDriverKeyFile="${certificates.path('peer.key')}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${peer.path('in.sock')}" ParseTrusted="off" UseSpecialParser="off")
${ways.map((way) => `action(type="omfwd" ${way})`).join('\n')}
`)
      await waitFor('its socket', () => loggerWorks(peer.path('in.sock'), 'from-rsyslog: grün'))
      const found = await stored(box, 'from-rsyslog', 4)
      const common = { facility: 'local2', severity: 'crit', app: 'app', msg: 'from-rsyslog: grün' }
      const old = found.filter(({ format }) => format === 'rfc3164')
      const modern = found.filter(({ format }) => format === 'rfc5424')
      expect(old.map(({ via }) => via.slice(0, 3)).sort()).toEqual(['tcp', 'udp'])
      expect(modern.map(({ via }) => via.slice(0, 3)).sort()).toEqual(['tcp', 'tls'])
      for (const message of old) expect(message).toMatchObject({ ...common, sd: null })
      // Its template ends with a line feed, also within a counted frame.
      const flags = ['trailing-lf']
      for (const message of modern)
        expect(message).toMatchObject({ ...common, msgid: 'ID1', sd: { 'ex@1': { a: 'b' } }, flags })
    },
  )
})

describe('syslog-ng sends to us', () => {
  testWith(['syslog-ng', 'program openssl', 'program logger'], 'by UDP, TCP and TLS, in both formats', async () => {
    using certificates = new Certificates()
    await using box = await startSecured(certificates)
    await using peer = PeerCollector.syslogNg()
    const [udp, tcp, tls] = [
      await box.port('syslog', 'udp'),
      await box.port('syslog', 'tcp'),
      await box.port('syslog', 'tls'),
    ]
    const file = (name: string): string => JSON.stringify(certificates.path(name))
    await peer.start(`@version: 3.38
options { keep-hostname(yes); };
source s { unix-dgram("${peer.path('in.sock')}" flags(syslog-protocol)); };
destination d {
  network("127.0.0.1" port(${udp}) transport("udp"));
  network("127.0.0.1" port(${tcp}) transport("tcp"));
  syslog("127.0.0.1" port(${udp}) transport("udp") persist-name("new-udp"));
  syslog("127.0.0.1" port(${tcp}) transport("tcp") persist-name("new-tcp"));
  syslog("127.0.0.1" port(${tls}) transport("tls") tls(ca-file(${file('ca.pem')}) cert-file(${file('peer.pem')}) key-file(${file('peer.key')})));
};
log { source(s); destination(d); };
`)
    await waitFor('its socket', () => loggerWorks(peer.path('in.sock'), 'from-syslog-ng: grün'))
    const found = await stored(box, 'from-syslog-ng', 5)
    const common = { facility: 'local2', severity: 'crit', app: 'app', msg: 'from-syslog-ng: grün' }
    const ways = found.map(({ via, format }) => `${via.slice(0, 3)} ${format}`).sort()
    expect(ways).toEqual(['tcp rfc3164', 'tcp rfc5424', 'tls rfc5424', 'udp rfc3164', 'udp rfc5424'])
    for (const message of found) expect(message).toMatchObject(common)
    for (const message of found.filter(({ format }) => format === 'rfc5424'))
      expect(message).toMatchObject({ msgid: 'ID1', sd: { 'ex@1': { a: 'b' } } })
  })
})

describe('we send', () => {
  /** What a peer asks for its UDP socket: the default does not hold 300 datagrams, all of which may come before it reads one. */
  const ROOM = 200_000

  /** A box that sends by all three ways, and what it has to send. */
  async function sending(certificates: Certificates, udp: number, tcp: number, tls: number): Promise<Box> {
    const box = await startBox({
      config: `[syslog]\n${LISTEN}
[[syslog.forward]]
to = "udp://127.0.0.1:${udp}"
app = ["load"]
[[syslog.forward]]
to = "tcp://127.0.0.1:${tcp}"
app = ["load"]
[[syslog.forward]]
to = "tls://127.0.0.1:${tls}"
app = ["load"]
tls = { ca = ${JSON.stringify(certificates.path('ca.pem'))}, cert = ${JSON.stringify(certificates.path('box.pem'))}, key = ${JSON.stringify(certificates.path('box.key'))}, name = "peer" }
`,
    })
    const lines = Array.from(
      { length: 300 },
      (_, number) => `<165>1 2026-01-31T12:00:00.5+01:00 sw1 load 7 M1 [ex@1 a="\\"b\\]"] n ${number}`,
    )
    const file = join(box.folder, 'lines')
    writeFileSync(file, `${lines.join('\n')}\n`)
    execFileSync('nc', ['-N', '127.0.0.1', String(await box.port('syslog', 'tcp'))], { input: `${lines.join('\n')}\n` })
    return box
  }

  const want = Array.from({ length: 300 }, (_, number) => `n ${number}`)
  interface Kept {
    readonly pri: string
    readonly host: string
    readonly app: string
    readonly procid: string
    readonly msgid: string
    readonly sd: string
    readonly ts: string
    readonly msg: string
    readonly way: string
  }
  const checkKept = (kept: Kept[]): void => {
    for (const way of ['udp', 'tcp', 'tls']) {
      const messages = kept.filter((each) => each.way === way)
      expect(messages.map(({ msg }) => msg)).toEqual(want)
      for (const message of messages)
        expect(message).toMatchObject({ host: 'sw1', app: 'load', procid: '7', msgid: 'M1', pri: '165' })
    }
  }

  testWith(
    ['rsyslog with TLS', 'program openssl', 'program nc'],
    'to rsyslogd: every field comes out as it was',
    async () => {
      using certificates = new Certificates()
      for (const name of ['box', 'peer']) certificates.issue(name)
      await using peer = PeerCollector.rsyslogd()
      const [udp, tcp, tls] = [freePort(), freePort(), freePort()]
      const property = (name: string, key: string): string => `property(name="${name}" outname="${key}" format="jsonf")`
      const fields = [
        ...[
          property('pri', 'pri'),
          property('hostname', 'host'),
          property('app-name', 'app'),
          property('procid', 'procid'),
        ],
        ...[property('msgid', 'msgid'), property('structured-data', 'sd'), property('timereported', 'ts')],
        ...[property('inputname', 'input'), property('msg', 'msg'), property('$.way', 'way')],
      ]
      const rules = (way: string): string =>
        `ruleset(name="${way}") { set $.way = "${way}"; action(type="omfile" file="${peer.path('kept')}" template="line") }`
      await peer.start(
        `global(workDirectory="${peer.folder}" net.enableDNS="off"
  DefaultNetstreamDriverCAFile="${certificates.path('ca.pem')}" DefaultNetstreamDriverCertFile="${certificates.path('peer.pem')}" DefaultNetstreamDriverKeyFile="${certificates.path('peer.key')}")
module(load="imudp") module(load="imtcp")
template(name="line" type="list") { constant(value="{") ${fields.join(' constant(value=",") ')} constant(value="}\\n") }
${rules('udp')}\n${rules('tcp')}\n${rules('tls')}
input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="udp" rcvbufSize="${ROOM}")
input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="tcp")
input(type="imtcp" address="127.0.0.1" port="${tls}" ruleset="tls" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name" PermittedPeer=["box"])
`,
        ...[tcp, tls],
      )
      await using box = await sending(certificates, udp, tcp, tls)
      const kept = await waitFor('all messages', () =>
        peer.lines('kept').length === 900 ? (peer.lines('kept') as Kept[]) : undefined,
      )
      // It keeps the space in front of the text, which RFC 3164 counts to it.
      checkKept(kept.map((each) => ({ ...each, msg: each.msg.trimStart() })))
      expect(kept[0]?.sd).toContain(String.raw`[ex@1 a="\"b\]"]`)
      expect(kept[0]?.sd).toContain('[lanward@32473 hop="')
      await box.until('syslog', 'all forwarded', ({ counters }) => counters['forwarded'] === 900)
    },
  )

  testWith(
    ['syslog-ng', 'program openssl', 'program nc'],
    'to syslog-ng: every field comes out as it was',
    async () => {
      using certificates = new Certificates()
      for (const name of ['box', 'peer']) certificates.issue(name)
      await using peer = PeerCollector.syslogNg()
      const [udp, tcp, tls] = [freePort(), freePort(), freePort()]
      const file = (name: string): string => JSON.stringify(certificates.path(name))
      const line =
        '$(format-json pri=$PRI host=$HOST app=$PROGRAM procid=$PID msgid=$MSGID sd=$SDATA ts=$ISODATE msg=$MSG way=$(substr $SOURCE 2))\\n'
      await peer.start(
        `@version: 3.38
options { keep-hostname(yes); keep-timestamp(yes); use-dns(no); };
source s_udp { syslog(ip("127.0.0.1") port(${udp}) transport("udp") so-rcvbuf(${ROOM})); };
source s_tcp { syslog(ip("127.0.0.1") port(${tcp}) transport("tcp")); };
source s_tls { syslog(ip("127.0.0.1") port(${tls}) transport("tls") tls(ca-file(${file('ca.pem')}) cert-file(${file('peer.pem')}) key-file(${file('peer.key')}) peer-verify(required-trusted))); };
destination d { file("${peer.path('kept')}" template("${line}")); };
log { source(s_udp); source(s_tcp); source(s_tls); destination(d); };
`,
        ...[tcp, tls],
      )
      await using box = await sending(certificates, udp, tcp, tls)
      const kept = await waitFor('all messages', () =>
        peer.lines('kept').length === 900 ? (peer.lines('kept') as Kept[]) : undefined,
      )
      checkKept(kept)
      expect(kept[0]?.sd).toContain(String.raw`[ex@1 a="\"b\]"]`)
      await box.until('syslog', 'all forwarded', ({ counters }) => counters['forwarded'] === 900)
    },
  )
})

/** Whether a message could be given to a socket, which a peer opens some time after its start. */
function loggerWorks(socket: string, text: string): true | undefined {
  try {
    logger(socket, text)
    return true
  } catch {
    return undefined
  }
}
