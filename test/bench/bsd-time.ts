/** `Oct 11 22:14:15`, local time. @rfc 3164 section 4.1.2 */
export function bsdTime(date: Date): string {
  const month = date.toLocaleString('en-US', { month: 'short' })
  return `${month} ${String(date.getDate()).padStart(2)} ${date.toTimeString().slice(0, 8)}`
}
