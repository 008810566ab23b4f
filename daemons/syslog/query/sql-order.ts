/** What the process that answers SQL is told, as JSON on its standard input. */
export interface SqlOrder {
  /** SQL that makes the table. */
  readonly view: string
  /** The only folder that may be read. */
  readonly folder: string
  /** As typed. */
  readonly question: string
  /** When it gives up. @unit milliseconds */
  readonly limitMs: number
}

/** What it answers, one JSON document a line: the names of the columns, then rows; at the end why it failed, if so. */
export type SqlAnswer =
  | { readonly kind: 'columns'; readonly names: readonly string[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly unknown[])[] }
  /** `asked`: the question is wrong. `gone`: a segment was sealed or deleted meanwhile. */
  | { readonly kind: 'failed'; readonly why: 'asked' | 'gone' | 'engine' | 'limit'; readonly reason: string }
