#include "client/net/ready_list.h"

#include <algorithm>

namespace client {
namespace {

#if defined(__x86_64__)
// Neither instruction is in the baseline of x86-64; inline assembly, so that they can be inlined all the same.
const bool kHasBitInstructions = __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");

uint32_t CountOnes(uint64_t word) {
  if (!kHasBitInstructions) return static_cast<uint32_t>(std::popcount(word));
  uint64_t count;
  asm("popcnt %1, %0" : "=r"(count) : "r"(word) : "cc");
  return static_cast<uint32_t>(count);
}

uint64_t DepositBit(uint64_t word, uint32_t i) {
  uint64_t result;
  asm("pdep %2, %1, %0" : "=r"(result) : "r"(uint64_t{1} << i), "r"(word));
  return result;
}
#else
const bool kHasBitInstructions = false;
uint32_t CountOnes(uint64_t word) { return static_cast<uint32_t>(std::popcount(word)); }
uint64_t DepositBit(uint64_t, uint32_t) { return 0; }
#endif

}  // namespace

uint32_t SelectBit(uint64_t word, uint32_t i) {
  if (kHasBitInstructions) return static_cast<uint32_t>(std::countr_zero(DepositBit(word, i)));
  while (i-- > 0) word &= word - 1;
  return static_cast<uint32_t>(std::countr_zero(word));
}

uint32_t ReadyList::Position(uint32_t i) const {
  while (bits_[first_word_] == 0) ++first_word_;
  uint32_t word = first_word_;
  for (;; ++word) {
    const uint32_t here = CountOnes(bits_[word]);
    if (i < here) break;
    i -= here;
  }
  return word * 64 + SelectBit(bits_[word], i);
}

void ReadyList::AppendToMany(Source& source) {
  if (is_few_) {
    is_few_ = false;
    if (ring_.empty()) {
      ring_.resize(256, nullptr);
      bits_.resize(256 / 64, 0);
    }
    tail_ = kFew;
    for (uint32_t i = 0; i < kFew; ++i) {
      ring_[i] = few_[order_ >> (4 * i) & 15];
      ring_[i]->ready_position = i;
    }
    bits_[0] = 0xffff;
    order_ = 0;
    free_ = 0xffff;
  }
  if (tail_ == ring_.size()) Compact();
  source.ready_position = tail_;
  ring_[tail_] = &source;
  bits_[tail_ / 64] |= uint64_t{1} << (tail_ % 64);
  ++tail_;
  ++count_;
}

void ReadyList::RemoveOfMany(Source& source) {
  const uint32_t position = source.ready_position;
  bits_[position / 64] &= ~(uint64_t{1} << (position % 64));
  source.ready_position = kNone;
  // Half of the few, so that going back and forth costs a constant per append.
  if (--count_ > kFew / 2) return;
  std::array<Source*, kFew> left;
  const uint32_t count = count_;
  for (uint32_t i = 0; i < count; ++i) left[i] = ring_[Position(i)];
  std::fill(bits_.begin(), bits_.end(), 0);
  first_word_ = tail_ = count_ = 0;
  is_few_ = true;
  for (uint32_t i = 0; i < count; ++i) Append(*left[i]);
}

void ReadyList::Compact() {
  uint32_t to = 0;
  for (uint32_t word = 0; word < bits_.size(); ++word) {
    for (uint64_t bits = bits_[word]; bits != 0; bits &= bits - 1) {
      ring_[to] = ring_[word * 64 + static_cast<uint32_t>(std::countr_zero(bits))];
      ring_[to]->ready_position = to;
      ++to;
    }
  }
  // Room for as many again, so that compaction costs a constant per append.
  if (to * 2 > ring_.size()) {
    ring_.resize(ring_.size() * 2, nullptr);
    bits_.resize(bits_.size() * 2, 0);
  }
  std::fill(bits_.begin(), bits_.end(), 0);
  for (uint32_t i = 0; i < to; ++i) bits_[i / 64] |= uint64_t{1} << (i % 64);
  first_word_ = 0;
  tail_ = to;
}

}  // namespace client
