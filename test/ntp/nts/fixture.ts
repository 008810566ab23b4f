import { randomBytes } from 'node:crypto'
import { Authenticator } from '../../../daemons/ntp/auth/authenticator.ts'
import { KeyRing } from '../../../daemons/ntp/auth/key-ring.ts'
import { AesSiv } from '../../../daemons/ntp/nts/aes-siv.ts'
import { COOKIE_BYTES, SESSION_KEYS_BYTES, writeCookie } from '../../../daemons/ntp/nts/cookie.ts'
import { CookieSeals, firstCookieKey } from '../../../daemons/ntp/nts/cookie-keys.ts'
import { NtsOpener } from '../../../daemons/ntp/nts/nts-opener.ts'
import { encodeNtsQuestion } from '../../../daemons/ntp/nts/nts-question.ts'
import { RandomPool } from '../../../daemons/ntp/nts/random-pool.ts'
import type { TimeServer } from '../../../daemons/ntp/respond.ts'
import type { NtpSection } from '../../../daemons/ntp/section.ts'
import { makeServer, request } from '../fixture.ts'

/** A server of network time security and a client that has keys and cookies of it. */
export class NtsPair {
  readonly set = firstCookieKey(0)
  readonly seals = new CookieSeals()
  readonly random = new RandomPool()
  readonly keys = randomBytes(SESSION_KEYS_BYTES)
  readonly unique = randomBytes(32)
  readonly toServer = new AesSiv(this.keys.subarray(0, 32))
  readonly toClient = new AesSiv(this.keys.subarray(32))
  readonly server: TimeServer

  constructor(change: Partial<NtpSection> = {}) {
    this.seals.use(this.set)
    const authenticator = new Authenticator(new KeyRing(null), new NtsOpener(this.seals, this.random, 1))
    this.server = { ...makeServer(change), authenticator }
  }

  cookie(): Uint8Array {
    const cookie = new Uint8Array(COOKIE_BYTES)
    writeCookie(this.seals, this.random, this.keys, cookie, 0)
    return cookie
  }

  question(placeholders = 0, cookie = this.cookie()): Uint8Array {
    return encodeNtsQuestion(request(0x23), { unique: this.unique, cookie, placeholders }, this.toServer, this.random)
  }
}
