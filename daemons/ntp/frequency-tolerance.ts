/** How fast a clock that nobody watches may drift, so that ignorance of it grows by this much each second. @rfc 5905 section 7.2, PHI */
export const PHI = 15e-6
