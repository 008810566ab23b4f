import { connect } from 'node:net'
import type { ControlAnswer, ControlMethod, ControlRequest } from './control-protocol.ts'

/** Why there is no answer, and the exit code that a command ends with. */
export class ControlFailure extends Error {
  /** The message of `unreachable` ends with the command that starts a supervisor. */
  readonly kind: 'unreachable' | 'closed' | 'forbidden' | 'refused' | 'broken' | 'silent'
  readonly exitCode: number

  constructor(kind: ControlFailure['kind'], exitCode: number, message: string) {
    super(message)
    this.name = 'ControlFailure'
    this.kind = kind
    this.exitCode = exitCode
  }
}

/** Longest answer that is read; a report of thousands of leases is far below. */
const MAX_ANSWER_CHARACTERS = 256 * 1024 * 1024

/**
 * Asks the supervisor one question over its control socket.
 *
 * @returns the result as the supervisor sent it, not checked
 * @throws ControlFailure: no supervisor (69), no permission (77), refused by the supervisor (its own code), an answer
 * that is none (70), no answer in time (75)
 * @unit timeoutMs: milliseconds; null = as long as the supervisor lives
 */
export function askSupervisor(
  socketPath: string,
  method: ControlMethod,
  params: ControlRequest['params'],
  timeoutMs: number | null,
): Promise<unknown> {
  const request: ControlRequest = { id: 1, method, params }
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ path: socketPath })
    const fail = (failure: ControlFailure): void => {
      socket.destroy()
      reject(failure)
    }
    if (timeoutMs !== null)
      socket.setTimeout(timeoutMs, () =>
        fail(new ControlFailure('silent', 75, `the supervisor on ${socketPath} did not answer in ${timeoutMs} ms`)),
      )
    socket.setEncoding('utf8')
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`))
    socket.on('error', (error) => fail(explainConnectError(error, socketPath)))
    socket.on('close', () =>
      fail(new ControlFailure('closed', 69, `the supervisor on ${socketPath} closed without an answer`)),
    )
    socket.on('data', (chunk: string) => {
      const end = chunk.indexOf('\n')
      text += end < 0 ? chunk : chunk.slice(0, end)
      if (end < 0 && text.length <= MAX_ANSWER_CHARACTERS) return
      const answer = end < 0 ? null : parseAnswer(text)
      if (answer === null) return fail(brokenAnswer(socketPath))
      if ('error' in answer) return fail(new ControlFailure('refused', answer.error.exitCode, answer.error.message))
      resolve(answer.result)
      socket.destroy()
    })
  })
}

/** An answer of a form that this version does not know. */
export function brokenAnswer(place: string): ControlFailure {
  const message = `the answer from ${place} is not one this version knows; is the supervisor of another version?`
  return new ControlFailure('broken', 70, message)
}

/** Why the control socket could not be reached: 77 when it is a matter of permission, else 69. */
export function explainConnectError(error: Error, socketPath: string): ControlFailure {
  const code = 'code' in error ? String(error.code) : error.message
  if (code === 'EACCES' || code === 'EPERM') {
    const message = `no permission for ${socketPath}; run this as the user that runs the supervisor`
    return new ControlFailure('forbidden', 77, message)
  }
  const message = `no supervisor answers on ${socketPath} (${code}); start it with: lanward up`
  return new ControlFailure('unreachable', 69, message)
}

function parseAnswer(line: string): ControlAnswer | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  if ('result' in value) return { id: 1, result: value.result }
  if (!('error' in value) || typeof value.error !== 'object' || value.error === null) return null
  const { error } = value
  if (!('exitCode' in error) || typeof error.exitCode !== 'number' || !('message' in error)) return null
  return { id: 1, error: { exitCode: error.exitCode, message: String(error.message) } }
}
