/** `fail`: a service cannot run, or what clients send is lost. `warn`: that may come, or less is served than asked for. */
export type Verdict = 'ok' | 'warn' | 'fail'

/** What one check says of the machine. */
export interface Finding {
  /** Name of the check; several findings may share it. */
  readonly check: string
  readonly verdict: Verdict
  readonly found: string
  readonly why: string
  /** The command or change that mends it; null when there is nothing to mend. */
  readonly mend: string | null
}

type Tell = (found: string, mend?: string | null, why?: string) => Finding

/**
 * Makes the findings of one check.
 *
 * @param why the reason that they share, unless one brings its own
 */
export function findingsOf(check: string, why: string): Readonly<Record<Verdict, Tell>> {
  const tell =
    (verdict: Verdict): Tell =>
    (found, mend = null, reason = why) => ({ check, verdict, found, why: reason, mend })
  return { ok: tell('ok'), warn: tell('warn'), fail: tell('fail') }
}

/** The verdict on all: that of the worst finding. */
export function worstVerdict(findings: readonly Finding[]): Verdict {
  return (['fail', 'warn'] as const).find((verdict) => findings.some((one) => one.verdict === verdict)) ?? 'ok'
}
