/** How one reply is protected once its timestamps are in; what is needed of the request still stands behind the header. */
export interface Protection {
  /** What the client used. */
  readonly kind: 'key' | 'nts'
  /**
   * Completes a reply whose 48 octets of header are done, in the memory of its request.
   *
   * @param length of the request, from `offset`
   * @returns the length of the reply, never more than that of the request
   */
  seal(bytes: Uint8Array, offset: number, length: number): number
}
