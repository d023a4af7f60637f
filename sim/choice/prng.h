// The harness's dice. Integers only; the same numbers on every machine and compiler.
#ifndef SIM_CHOICE_PRNG_H_
#define SIM_CHOICE_PRNG_H_

#include <cstdint>

namespace sim {

// SplitMix64's finalizer (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
constexpr uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// The seed of run `run` of a campaign; base seeds share no runs.
constexpr uint64_t RunSeed(uint64_t base, uint64_t run) { return Mix(Mix(base + 0x9e3779b97f4a7c15u) ^ (run * 2 + 1)); }

// xoshiro256++ 1.0 (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2019).
class Prng {
 public:
  explicit Prng(uint64_t seed) {
    for (uint64_t& word : state_) word = Mix(seed += 0x9e3779b97f4a7c15u);
  }

  uint64_t Next() {
    const uint64_t result = Rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = Rotl(state_[3], 45);
    return result;
  }

  // In [0, n). By multiplication and shift (Lemire 2019, without the rejection: n is tiny against 2^32).
  uint32_t Below(uint32_t n) { return static_cast<uint32_t>(((Next() >> 32) * n) >> 32); }

  // True in `chance` of 256 cases.
  bool Chance(uint32_t chance) { return (Next() >> 56) < chance; }

 private:
  static constexpr uint64_t Rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  uint64_t state_[4];
};

}  // namespace sim

#endif  // SIM_CHOICE_PRNG_H_
