import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { COOKIE_BYTES, openCookie, SESSION_KEYS_BYTES, writeCookie } from '../../../daemons/ntp/nts/cookie.ts'
import { readCookieKeys, writeCookieKeys } from '../../../daemons/ntp/nts/cookie-key-file.ts'
import { CookieKeyStore } from '../../../daemons/ntp/nts/cookie-key-store.ts'
import { CookieSeals, firstCookieKey, nextCookieKey, rotateCookieKeys } from '../../../daemons/ntp/nts/cookie-keys.ts'
import { NtsOpener } from '../../../daemons/ntp/nts/nts-opener.ts'
import { RandomPool } from '../../../daemons/ntp/nts/random-pool.ts'
import { NtsPair } from './fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-cookies-'))
afterAll(() => rmSync(folder, { recursive: true }))

const DAY = 86_400_000
const keys = Buffer.alloc(SESSION_KEYS_BYTES, 5)

function sealsOf(set: ReturnType<typeof firstCookieKey>): CookieSeals {
  const seals = new CookieSeals()
  seals.use(set)
  return seals
}

function cookieOf(set: ReturnType<typeof firstCookieKey>): Uint8Array {
  const cookie = new Uint8Array(COOKIE_BYTES)
  writeCookie(sealsOf(set), new RandomPool(), keys, cookie, 0)
  return cookie
}

function openWith(set: ReturnType<typeof firstCookieKey>, cookie: Uint8Array): string {
  return openCookie(sealsOf(set), cookie, 0, cookie.length, new Uint8Array(SESSION_KEYS_BYTES))
}

describe('the keys of cookies', () => {
  const first = firstCookieKey(1000)

  test('open what they sealed, for two periods more, and no longer', () => {
    const cookie = cookieOf(first)
    const days = [0, 1, 2, 3].map((day) => openWith(rotateCookieKeys(first, DAY, 1000 + day * DAY), cookie))
    expect(days).toEqual(['open', 'open', 'open', 'stale'])
  })

  test('do not change before their time, and begin it anew when the clock was set back', () => {
    expect(rotateCookieKeys(first, DAY, 1000 + DAY - 1)).toBe(first)
    expect(rotateCookieKeys(first, DAY, 500)).toEqual({ ...first, madeMs: 500 })
  })

  test('are the same in all processes, however often each looked', () => {
    const often = [1, 2, 3].reduce((set, day) => rotateCookieKeys(set, DAY, 1000 + day * DAY), first)
    expect(often).toEqual(rotateCookieKeys(first, DAY, 1000 + 3 * DAY))
  })

  test('open what a process sealed that is ahead by one', () => {
    expect(openWith(first, cookieOf(rotateCookieKeys(first, DAY, 1000 + DAY)))).toBe('open')
    expect(openWith(first, cookieOf(rotateCookieKeys(first, DAY, 1000 + 2 * DAY)))).toBe('stale')
  })

  test('are all forgotten after a long time, and that costs no more than a short one', () => {
    const later = rotateCookieKeys(first, DAY, 1000 + 4e6 * DAY)
    expect(later.keys).toHaveLength(3)
    expect(later.keys.map(({ id }) => id)).not.toContain(first.keys[0]?.id)
  })

  test('count on past 32 bits', () => {
    expect(nextCookieKey({ id: 0xffff_ffff, secret: new Uint8Array(32) }).id).toBe(0)
  })
})

describe('the file of the keys', () => {
  const path = join(folder, 'keys.json')
  const set = rotateCookieKeys(firstCookieKey(1000), DAY, 1000 + DAY)

  test('gives back what was kept, and nobody else may read it', () => {
    expect(readCookieKeys(path)).toBeNull()
    expect(writeCookieKeys(path, set, false)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readCookieKeys(path)).toEqual({
      ...set,
      keys: set.keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret) })),
    })
  })

  test('is not replaced by one who only begins', () => {
    expect(writeCookieKeys(path, firstCookieKey(5), false)).toBe(false)
    expect(readCookieKeys(path)?.madeMs).toBe(set.madeMs)
    chmodSync(path, 0o644)
    expect(writeCookieKeys(path, set, true)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test.each([
    '',
    '{',
    '[]',
    '{"made":"x","keys":[]}',
    '{"made":"2026-01-01T00:00:00Z","keys":[{"id":-1,"secret":"00"}]}',
  ])('with %j in it has no keys', (text) => {
    writeFileSync(path, text)
    expect(readCookieKeys(path)).toBeNull()
  })
})

describe('CookieKeyStore', () => {
  test('tells others of each rotation, also when the disk does not take it', () => {
    const path = join(folder, 'store.json')
    const store = new CookieKeyStore(path, DAY, pino({ level: 'silent' }))
    const told: (number | undefined)[] = []
    store.onChange = () => told.push(store.set?.keys[0]?.id)
    store.look(1000)
    const first = store.set?.keys[0]?.id ?? 0
    store.look(1000 + DAY - 1)
    mkdirSync(`${path}.${process.pid}`)
    store.look(1000 + DAY)
    store.look(1000 + 2 * DAY)
    expect(told).toEqual([first, (first + 1) >>> 0, (first + 2) >>> 0])
    expect(store.fault).toContain('cannot keep the keys')
    expect(readCookieKeys(path)?.keys).toHaveLength(1)
    rmSync(`${path}.${process.pid}`, { recursive: true })
    store.look(1000 + 2 * DAY)
    expect(store.fault).toBeNull()
    expect(readCookieKeys(path)?.keys).toHaveLength(3)
  })
})

test('CookieSeals opens with the keys that it is told of, and makes nothing new of the same', () => {
  const pair = new NtsPair()
  const seals = new CookieSeals()
  const opener = new NtsOpener(seals, new RandomPool(), 1)
  const refused = (question: Uint8Array) => opener.open(question, 0, question.length).refused
  expect(refused(pair.question())).toBe('nts_stale_cookie')
  seals.use(pair.set)
  const { newest } = seals
  expect(refused(pair.question())).toBeNull()
  seals.use(structuredClone(pair.set))
  expect(seals.newest).toBe(newest)
  const later = rotateCookieKeys(pair.set, DAY, 3 * DAY)
  pair.seals.use(later)
  expect(refused(pair.question())).toBe('nts_stale_cookie')
  seals.use(later)
  expect(refused(pair.question())).toBeNull()
})
