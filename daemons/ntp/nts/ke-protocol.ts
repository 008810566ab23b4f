/** The key establishment as TLS names it (ALPN). @rfc 8915 section 4 */
export const KE_PROTOCOL = 'ntske/1'
