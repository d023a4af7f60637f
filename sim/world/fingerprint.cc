#include "sim/world/fingerprint.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sim {
namespace {

constexpr size_t kGranule = 16;
constexpr uint64_t kStale = 0x57a1e57a1e57a1e5u;    // what stands for a pointer to memory that is not in use
constexpr uint64_t kPointer = 0x9017000000000000u;  // ... to a block in use, with its number and the place in it
constexpr int kPlaceBits = 30;

}  // namespace

Fingerprint Fingerprinter::Take() {
  hash_ = {};
  left_out_.clear();
  left_out_.push_back(&world_);
  notes_.clear();
  Scheduler& loop = world_.loop();
  loop.ForEachStorage([this](const void* block) { left_out_.push_back(block); });
  std::sort(left_out_.begin(), left_out_.end());
  // What the scheduler notes in the things that it lists says where they stand in its lists.
  for (uint32_t i = 0; i < loop.ready(); ++i) {
    Source& source = loop.ready_source(i);
    notes_.emplace_back(&source.ready_position, source.ready_position);
  }
  loop.timers().ForEach([&](Timer& timer) { notes_.emplace_back(&timer.heap_position, timer.heap_position); });
  for (auto& [note, value] : notes_) *note = 0;
  sameness_ == Sameness::kShape ? HashShape() : HashBytes();
  for (const auto& [note, value] : notes_) *note = value;
  HashWorld();
  return hash_;
}

void Fingerprinter::HashWorld() {
  Scheduler& loop = world_.loop();
  const bool any_order = world_.offers(Label::kLoopNext);
  words_.clear();
  words_.push_back(static_cast<uint64_t>(loop.now_ns()));
  words_.push_back(static_cast<uint64_t>(world_.phase()) * 2 + (world_.healed() ? 1 : 0));
  uint64_t offers = 0;
  for (size_t i = 0; i < kLabelCount; ++i) offers |= uint64_t{world_.offers(static_cast<Label>(i))} << i;
  words_.push_back(offers);
  words_.push_back(Canonical(world_.step_hook()));
  words_.push_back(Canonical(loop.first_task));

  const size_t first_ready = words_.size();
  for (uint32_t i = 0; i < loop.ready(); ++i) words_.push_back(Canonical(&loop.ready_source(i)));
  if (any_order) std::sort(words_.begin() + static_cast<ptrdiff_t>(first_ready), words_.end());

  armed_.clear();
  loop.timers().ForEachArmed([&](Timer& timer, int64_t deadline_ns, uint64_t order) {
    const uint64_t what = Canonical(&timer);
    armed_.push_back({deadline_ns, any_order ? what : order, what});
  });
  std::sort(armed_.begin(), armed_.end(), [](const Armed& a, const Armed& b) {
    return std::tie(a.deadline_ns, a.order) < std::tie(b.deadline_ns, b.order);
  });
  for (const Armed& armed : armed_) {
    words_.push_back(static_cast<uint64_t>(armed.deadline_ns));
    words_.push_back(armed.timer);
  }
  Mix(words_.data(), words_.size() * sizeof(uint64_t));
}

bool Fingerprinter::IsLeftOut(const char* block) const {
  return std::find(left_out_.begin(), left_out_.end(), block) != left_out_.end();
}

void Fingerprinter::HashBytes() {
  arena_.ForEachLiveBytes([&](const char* block, size_t size) {
    if (IsLeftOut(block)) return;
    hash_.low ^= static_cast<uint64_t>(block - arena_.begin());
    Mix(block, size);
  });
}

void Fingerprinter::IndexBlocks() {
  blocks_.clear();
  owners_.assign(arena_.used_bytes() / kGranule + 1, 0);
  arena_.ForEachLiveBytes([&](const char* block, size_t size) {
    blocks_.push_back({block, static_cast<uint32_t>(size), 0});
    // The end is a place in it, too: what comes behind is a header, never another block.
    const size_t first = static_cast<size_t>(block - arena_.begin()) / kGranule;
    const size_t last = std::min(first + size / kGranule, owners_.size() - 1);
    for (size_t i = first; i <= last; ++i) owners_[i] = static_cast<uint32_t>(blocks_.size());
  });
}

uint64_t Fingerprinter::Canonical(uint64_t word) {
  if (sameness_ == Sameness::kBytes) return word;
  const uint64_t at = word - reinterpret_cast<uintptr_t>(arena_.begin());
  if (at > arena_.used_bytes()) return word;
  const uint32_t owner = owners_[at / kGranule];
  if (owner == 0) return kStale;
  Block& block = blocks_[owner - 1];
  if (block.number == 0) {
    reached_.push_back(owner - 1);
    block.number = static_cast<uint32_t>(reached_.size());
  }
  const uint64_t place = word - reinterpret_cast<uintptr_t>(block.begin);
  return kPointer ^ uint64_t{block.number} << kPlaceBits ^ place;
}

void Fingerprinter::HashShape() {
  IndexBlocks();
  reached_.clear();
  followed_ = 0;
  tables_.clear();
  if (world_.tables() != nullptr) {
    world_.tables()->VisitTables([this](const void* entries, size_t entry_size, size_t count) {
      if (count > 1) tables_.push_back({entries, entry_size, count});
    });
  }
  Canonical(&world_);
  Canonical(&driver_);
  FollowAll();
  Canonical(world_.loop().first_task);
  Canonical(world_.step_hook());
  FollowAll();
  // What nobody points to in this way, as the lists of the laws, which the world begins with.
  for (uint32_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].number == 0 && !IsLeftOut(blocks_[i].begin)) Canonical(blocks_[i].begin);
    FollowAll();
  }
}

void Fingerprinter::FollowAll() {
  while (followed_ < reached_.size()) {
    const Block& block = blocks_[reached_[followed_++]];
    if (!IsLeftOut(block.begin)) HashBlock(block);
  }
}

const Fingerprinter::Table* Fingerprinter::TableIn(const Block& block) const {
  for (const Table& table : tables_) {
    if (table.entries == block.begin) return &table;
  }
  return nullptr;
}

void Fingerprinter::SortInScratch(const Table& table) {
  const size_t words = table.entry_size / 8;
  entries_.clear();
  for (size_t i = 0; i < table.count; ++i) entries_.emplace_back(scratch_[i * words], i);
  std::sort(entries_.begin(), entries_.end());
  sorted_ = scratch_;
  const uint64_t begin = reinterpret_cast<uintptr_t>(table.entries);
  for (size_t i = 0; i < table.count; ++i) {
    const size_t from = entries_[i].second;
    const uint64_t entry = begin + from * table.entry_size;
    for (size_t k = 0; k < words; ++k) {
      uint64_t word = sorted_[from * words + k];
      // What points into its own entry, as a short string does, goes along.
      if (word - entry < table.entry_size) word += (i - from) * table.entry_size;
      scratch_[i * words + k] = word;
    }
  }
}

void Fingerprinter::HashBlock(const Block& block) {
  const size_t words = (block.size + 7) / 8;
  scratch_.resize(words);
  if (words > 0) scratch_.back() = 0;
  std::memcpy(scratch_.data(), block.begin, block.size);
  if (const Table* table = TableIn(block)) SortInScratch(*table);
  const uint64_t begin = reinterpret_cast<uintptr_t>(arena_.begin());
  const uint64_t used = arena_.used_bytes();
  for (uint64_t& word : scratch_) {
    if (word - begin <= used) word = Canonical(word);
  }
  Mix(scratch_.data(), words * 8);
}

void Fingerprinter::Mix(const void* bytes, size_t size) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, size, hash_.low ^ (uint64_t{size} << 40));
  hash_.high = (hash_.high << 7 | hash_.high >> 57) * 0x9E3779B97F4A7C15u ^ hash.high64;
  hash_.low = hash.low64;
}

}  // namespace sim
