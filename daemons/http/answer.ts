import type { FileHandle } from 'node:fs/promises'

/** What goes back to a client, whichever version of the protocol it spoke. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | FileBody
}

/** A part of an open file, both ends included; whoever sends it closes the file. */
export interface FileBody {
  readonly file: FileHandle
  readonly first: number
  readonly last: number
}

/** An answer of text that no cache keeps. */
export function textAnswer(status: number, body: string, type = 'text/plain; charset=utf-8'): Answer {
  return { status, headers: { 'content-type': type, 'cache-control': 'no-store' }, body }
}

/** A short reason as text. */
export function refusal(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const answer = textAnswer(status, `${status} ${reason}\r\n`)
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
