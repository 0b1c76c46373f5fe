/** Seeded noise for simulations: uniform, normal, and with heavy tails. */

/** xorshift32, and Box and Muller's normals. */
export class Noise {
  #state: number;
  #spare: number | null = null;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 2654435761) | 1;
    for (let round = 0; round < 20; round++) this.uniform();
  }

  /** In (0, 1). */
  uniform(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return ((this.#state >>> 0) + 0.5) / 2 ** 32;
  }

  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Student's t with 2.5 degrees of freedom, scaled to a standard deviation of 1. */
  heavyTailed(): number {
    // Bailey's polar method (1994).
    for (;;) {
      const [u, v] = [2 * this.uniform() - 1, 2 * this.uniform() - 1];
      const w = u * u + v * v;
      if (w > 1 || w === 0) continue;
      return (u * Math.sqrt((2.5 * (w ** (-2 / 2.5) - 1)) / w)) / Math.sqrt(5);
    }
  }
}
