// Speed and time left from the bytes that went out. Pure: the time comes in.
//
// Both are smoothed over a few seconds; the time left counts down by the clock and is only drawn towards the estimate, so
// that it does not jump with every burst.

const kSettleSeconds = 6;
const kFirstEstimateSeconds = 2.5;

export class Meter {
  constructor() {
    this.reset();
  }

  reset() {
    this.startedAt = null;
    this.last = null;
    this.speed = 0;
    this.left = null;
  }

  // `moved`: bytes sent so far by this page; `remaining`: bytes still to go; `now`: seconds.
  add(moved, remaining, now) {
    if (this.last === null || moved < this.last.moved) {
      this.startedAt ??= now;
      this.last = { moved, now };
      return;
    }
    const elapsed = now - this.last.now;
    if (elapsed < 0.2) return;
    const current = (moved - this.last.moved) / elapsed;
    // Young measurements count more: an average first, then a sliding one.
    const age = now - this.startedAt;
    const weight = 1 - Math.exp(-elapsed / Math.min(kSettleSeconds, Math.max(age, elapsed)));
    this.speed += (current - this.speed) * weight;
    this.last = { moved, now };

    if (age < kFirstEstimateSeconds || this.speed < 1) return;
    const estimate = remaining / this.speed;
    if (this.left === null) this.left = estimate;
    else this.left = Math.max(0, this.left - elapsed + (estimate - (this.left - elapsed)) * weight * 0.6);
  }
}
