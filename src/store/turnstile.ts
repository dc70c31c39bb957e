// First come, first served: many may pass one after another, one may hold it closed for a while.
import { NunchiError } from '../errors.js';

export class Turnstile {
  #closed = false;
  readonly #waiting: (() => void)[] = [];

  /** @param timeoutMs longest wait, in milliseconds */
  constructor(private readonly timeoutMs: number) {}

  /** @throws NunchiError `database-timeout` */
  async pass(): Promise<void> {
    // Whoever comes behind one that waits to close it waits as well: otherwise busy readers could starve it.
    if (this.#closed) await this.#wait(() => undefined, this.timeoutMs);
  }

  /**
   * Closes it. The function given opens it again.
   * @throws NunchiError `database-timeout`
   */
  acquire(): Promise<() => void> {
    return this.#acquire(this.timeoutMs);
  }

  /** The same, and waits for as long as it takes. */
  acquirePatiently(): Promise<() => void> {
    return this.#acquire(null);
  }

  async #acquire(timeoutMs: number | null): Promise<() => void> {
    if (this.#closed) await this.#wait(() => (this.#closed = true), timeoutMs);
    else this.#closed = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#open();
    };
  }

  #open(): void {
    this.#closed = false;
    while (!this.#closed && this.#waiting.length > 0) this.#waiting.shift()?.();
  }

  #wait(enter: () => void, timeoutMs: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer);
        enter();
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        reject(
          new NunchiError('database-timeout', `the database was busy for ${timeoutMs} ms`, {
            hint: 'Try again; if it stays so, restart Nunchi and look at its log.',
          }),
        );
      };
      const timer = timeoutMs === null ? undefined : setTimeout(giveUp, timeoutMs);
      this.#waiting.push(admit);
    });
  }
}
