#include "sim/world/fingerprint.h"

#include <algorithm>
#include <tuple>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sim {

Fingerprint Fingerprinter::Take() {
  hash_ = {};
  left_out_.clear();
  left_out_.push_back(&world_);
  HashWorld();
  world_.loop().ForEachStorage([this](const void* block) { left_out_.push_back(block); });
  std::sort(left_out_.begin(), left_out_.end());
  // What the scheduler notes in the things that it lists says where they stand in its lists.
  for (auto& [note, value] : notes_) *note = 0;
  HashMemory();
  for (const auto& [note, value] : notes_) *note = value;
  return hash_;
}

void Fingerprinter::HashWorld() {
  Scheduler& loop = world_.loop();
  const bool any_order = world_.offers(Label::kLoopNext);
  words_.clear();
  notes_.clear();
  words_.push_back(static_cast<uint64_t>(loop.now_ns()));
  words_.push_back(static_cast<uint64_t>(world_.phase()) * 2 + (world_.healed() ? 1 : 0));
  uint64_t offers = 0;
  for (size_t i = 0; i < kLabelCount; ++i) offers |= uint64_t{world_.offers(static_cast<Label>(i))} << i;
  words_.push_back(offers);
  words_.push_back(reinterpret_cast<uintptr_t>(world_.step_hook()));
  words_.push_back(reinterpret_cast<uintptr_t>(loop.first_task));

  const size_t first_ready = words_.size();
  for (uint32_t i = 0; i < loop.ready(); ++i) {
    Source& source = loop.ready_source(i);
    words_.push_back(reinterpret_cast<uintptr_t>(&source));
    notes_.emplace_back(&source.ready_position, source.ready_position);
  }
  if (any_order) std::sort(words_.begin() + static_cast<ptrdiff_t>(first_ready), words_.end());

  armed_.clear();
  loop.timers().ForEachArmed([&](Timer& timer, int64_t deadline_ns, uint64_t order) {
    armed_.push_back({deadline_ns, any_order ? reinterpret_cast<uintptr_t>(&timer) : order, &timer});
    notes_.emplace_back(&timer.heap_position, timer.heap_position);
  });
  std::sort(armed_.begin(), armed_.end(), [](const Armed& a, const Armed& b) {
    return std::tie(a.deadline_ns, a.order) < std::tie(b.deadline_ns, b.order);
  });
  for (const Armed& armed : armed_) {
    words_.push_back(static_cast<uint64_t>(armed.deadline_ns));
    words_.push_back(reinterpret_cast<uintptr_t>(armed.timer));
  }
  Mix(words_.data(), words_.size() * sizeof(uint64_t));
}

void Fingerprinter::HashMemory() {
  auto next_left_out = left_out_.begin();
  arena_.ForEachLiveBytes([&](const char* block, size_t size) {
    while (next_left_out != left_out_.end() && *next_left_out < block) ++next_left_out;
    if (next_left_out != left_out_.end() && *next_left_out == block) return;
    hash_.low ^= static_cast<uint64_t>(block - arena_.begin());
    Mix(block, size);
  });
}

void Fingerprinter::Mix(const void* bytes, size_t size) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, size, hash_.low ^ (uint64_t{size} << 40));
  hash_.high = (hash_.high << 7 | hash_.high >> 57) * 0x9E3779B97F4A7C15u ^ hash.high64;
  hash_.low = hash.low64;
}

}  // namespace sim
