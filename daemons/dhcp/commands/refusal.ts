/** A command that cannot be done as it was given; the message tells the person why. */
export class Refusal extends Error {}
