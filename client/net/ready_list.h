// The sources that are ready, oldest first, with removal from anywhere.
//
// Random choices defeat the branch predictor, so that what costs here is branches, not instructions. Up to 16 sources
// stand in an array, and their order is one word of 16 digits: taking the i-th out of the middle is three shifts. More
// are kept in a ring with holes, and a bitmap of who is there: the i-th is found by counting bits; no element is ever
// moved but when the ring is compacted. Nothing is allocated once warm.
#ifndef CLIENT_NET_READY_LIST_H_
#define CLIENT_NET_READY_LIST_H_

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "client/net/event_loop.h"

namespace client {

// The position of the i-th (from 0) of the ones of `word`, which has more than i.
uint32_t SelectBit(uint64_t word, uint32_t i);

class ReadyList {
 public:
  static constexpr uint32_t kNone = ~0u;  // ready_position of a source that is not on the list

  uint32_t size() const { return count_; }

  void Append(Source& source) {
    if (is_few_ && count_ < kFew) {
      const uint32_t slot = static_cast<uint32_t>(std::countr_zero(free_));
      free_ &= free_ - 1;
      few_[slot] = &source;
      source.ready_position = slot;
      order_ |= uint64_t{slot} << (4 * count_);
      ++count_;
    } else {
      AppendToMany(source);
    }
  }

  // The i-th oldest. Require i < size().
  Source& Select(uint32_t i) const { return is_few_ ? *few_[order_ >> (4 * i) & 15] : *ring_[Position(i)]; }
  Source& Take(uint32_t i) {
    Source& source = Select(i);
    if (is_few_) {
      RemoveOfFew(i, source);
    } else {
      RemoveOfMany(source);
    }
    return source;
  }

  // Requires that it is on the list.
  void Remove(Source& source) {
    if (is_few_) {
      RemoveOfFew(IndexOf(source), source);
    } else {
      RemoveOfMany(source);
    }
  }

  // Its blocks of memory.
  template <class Visit>
  void ForEachStorage(Visit visit) const {
    if (!ring_.empty()) visit(ring_.data());
    if (!bits_.empty()) visit(bits_.data());
  }

 private:
  static constexpr uint32_t kFew = 16;

  uint32_t IndexOf(const Source& source) const {
    // The lowest digit that equals the slot: x - 1...1 borrows out of zero digits first.
    constexpr uint64_t kOnes = 0x1111111111111111u;
    const uint64_t x = order_ ^ (source.ready_position * kOnes);
    return static_cast<uint32_t>(std::countr_zero((x - kOnes) & ~x & (kOnes << 3))) / 4;
  }
  void RemoveOfFew(uint32_t i, Source& source) {
    const uint64_t below = (uint64_t{1} << (4 * i)) - 1;
    order_ = (order_ & below) | ((order_ >> 4) & ~below);
    free_ |= 1u << source.ready_position;
    source.ready_position = kNone;
    --count_;
  }
  uint32_t Position(uint32_t i) const;
  void AppendToMany(Source& source);
  void RemoveOfMany(Source& source);
  void Compact();

  uint32_t count_ = 0;
  bool is_few_ = true;
  // Few.
  uint32_t free_ = 0xffff;  // slots of few_
  uint64_t order_ = 0;      // digit i is the slot of the i-th oldest
  std::array<Source*, kFew> few_{};
  // Many.
  std::vector<Source*> ring_;
  std::vector<uint64_t> bits_;
  mutable uint32_t first_word_ = 0;  // before it no bit is set
  uint32_t tail_ = 0;
};

}  // namespace client

#endif  // CLIENT_NET_READY_LIST_H_
