import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { AesSiv } from '../../daemons/ntp/nts/aes-siv.ts'
import { exchangeKeys } from '../../daemons/ntp/nts/exchange-keys.ts'
import { decodeNtsAnswer, encodeNtsQuestion } from '../../daemons/ntp/nts/nts-question.ts'
import { RandomPool } from '../../daemons/ntp/nts/random-pool.ts'

/**
 * Asks a server on 127.0.0.1 for protected time in a closed loop: `outstanding` questions, made beforehand with cookies that
 * the server gave, are under way and asked again when they are answered. A server keeps nothing of a question, so that one
 * asked again costs what a new one does. Prints the answers counted as JSON and exits 1 when one was wrong.
 *
 * Arguments: port of time, port of keys, file of the authority, seconds, outstanding questions.
 */
const [port = 0, keyPort = 0, , seconds = 1, outstanding = 64] = process.argv.slice(2).map(Number)
const QUIET_MS = 200

const ca = readFileSync(process.argv[4] ?? '', 'utf8')
const { keys, cookies } = await exchangeKeys({ host: '127.0.0.1', port: keyPort, ca })
const toServer = new AesSiv(keys.subarray(0, 32))
const toClient = new AesSiv(keys.subarray(32))
const random = new RandomPool()
const unique = randomBytes(32)
const questions = Array.from({ length: outstanding }, (_, index) => {
  const header = new Uint8Array(48)
  header[0] = 0x23
  header[47] = index + 1
  const cookie = cookies[index % cookies.length] ?? new Uint8Array(0)
  return encodeNtsQuestion(header, { unique, cookie, placeholders: 0 }, toServer, random)
})
const length = questions[0]?.length ?? 0

const socket = openSocket({ scheme: 'udp', host: '127.0.0.1', device: null, port: 0 })
const batch = new DatagramBatch({ slots: outstanding, slotBytes: 512 })
const begin = (): void => {
  for (const question of questions) sendDatagram(socket.fd, question, { address: '127.0.0.1', port })
}

const started = performance.now()
const deadline = started + seconds * 1000
let answers = 0
let wrong = 0
let lastMs = started
let now = started
begin()
while (now < deadline) {
  const count = batch.receive(socket.fd)
  now = performance.now()
  if (count === 0 && now - lastMs > QUIET_MS) begin()
  if (count > 0 || now - lastMs > QUIET_MS) lastMs = now
  for (let slot = 0; slot < count; slot++) {
    const at = slot * batch.slotBytes
    if (batch.length(slot) !== length) wrong += 1
    // One in a thousand is looked into, which costs the server nothing.
    if ((answers + slot) % 1000 === 0) {
      const answer = batch.bytes.subarray(at, at + batch.length(slot))
      if (decodeNtsAnswer(answer, unique, toClient).kind !== 'authentic') wrong += 1
    }
    // The origin timestamp says which question it answers.
    const question = questions[(batch.bytes[at + 31] ?? 1) - 1]
    if (question !== undefined) batch.bytes.set(question, at)
    batch.reply(slot, length)
  }
  answers += count
  batch.flush(socket.fd)
}
closeFd(socket.fd)
process.stdout.write(`${JSON.stringify({ answers, seconds: (now - started) / 1000, wrong })}\n`)
process.exitCode = wrong > 0 ? 1 : 0
