import type { SqlAnswer } from './sql-order.ts'

/** Why there is no answer, in words for people. */
export class SqlFailure extends Error {
  readonly why: Extract<SqlAnswer, { kind: 'failed' }>['why']

  constructor(why: SqlFailure['why'], reason: string) {
    super(reason)
    this.why = why
  }
}
