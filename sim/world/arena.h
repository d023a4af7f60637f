// The memory of a world: everything that its steps allocate comes from one arena.
//
//   1. While an ArenaScope is open, the global operator new draws from its arena; a HostScope inside it goes back to
//      malloc, for what belongs to the host: loading, protobuf, formatting, reports. operator delete looks at the
//      address, so it is right in either scope. malloc itself is left alone: libc and others keep lazy globals.
//   2. Fresh and freed memory is zero, so that equal states have equal bytes.
//   3. Reset() forgets all objects without destroying them. Mark() copies the used part out, Rewind() copies it back in
//      place, pointers and live coroutines included.
//   4. A block that is live at the closed rest of a world is a leak; with `track_sites` it knows who allocated it.
//
// Sanitizer builds keep their own operator new: there worlds live on the heap and the sanitizer finds the leaks.
#ifndef SIM_WORLD_ARENA_H_
#define SIM_WORLD_ARENA_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "client/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define SIM_HAS_ARENA 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SIM_HAS_ARENA 0
#endif
#endif
#ifndef SIM_HAS_ARENA
#define SIM_HAS_ARENA 1
#endif

namespace sim {

class Arena {
 public:
  struct Options {
    size_t capacity = size_t{256} << 20;  // bytes; exhausting it aborts the process, which is a verdict
    size_t base_offset = 0;               // bytes, a multiple of the page size: another base address
    bool padded = false;                  // blocks are larger than asked for, by varying amounts
    bool track_sites = false;             // remember the call stack of every allocation
  };

  explicit Arena(const Options& options);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  void* Allocate(size_t size);
  static void Free(void* pointer);  // requires Owns(pointer)
  // Of any arena. Null is not owned.
  static bool Owns(const void* pointer) {
    return reinterpret_cast<uintptr_t>(pointer) - region_begin_ < region_size_;
  }

  // Zeroes and forgets everything.
  void Reset();
  // Overwrites all that was used with a pattern, so that a stale pointer into a finished world is seen.
  void Poison();

  size_t used_bytes() const { return static_cast<size_t>(next_ - begin_); }
  size_t live_blocks() const { return live_blocks_; }
  const char* begin() const { return begin_; }
  const char* end() const { return begin_ + options_.capacity; }

  // A copy of the state. Taken and put back between steps only, with no pointer into the arena on the stack.
  struct Snapshot {
    std::vector<char> bytes;
    size_t live_blocks = 0;
    uint64_t allocations = 0;
    std::array<void*, 160> free{};
  };
  void Mark(Snapshot* snapshot) const;
  void Rewind(const Snapshot& snapshot);

  struct Block {
    const void* address;
    size_t size;  // bytes, as asked for
    std::vector<void*> site;
  };
  void ForEachLive(absl::FunctionRef<void(const Block&)> visit) const;
  // The same by address, without the sites.
  void ForEachLiveBytes(absl::FunctionRef<void(const char* block, size_t size)> visit) const;

  // The arena that operator new draws from; null for the host's heap.
  static Arena* current() { return current_; }

 private:
  friend class ArenaScope;
  friend class HostScope;

  struct Header {
    uint32_t size;        // bytes asked for, at most 1 GiB
    uint8_t size_class;
    uint8_t arena;        // index in the region
    uint8_t live;
    uint8_t unused;
    uint64_t site;        // index into sites_, 0 for none
  };
  static_assert(sizeof(Header) == 16);
  static constexpr int kClasses = 160;

  static void ReserveRegion();
  static uint8_t ClassOf(size_t size);
  static size_t ClassSize(uint8_t size_class);
  uint64_t RecordSite();

  static constexpr size_t kSlots = 8;  // arenas that can coexist

  static inline uintptr_t region_begin_ = 0;
  static inline size_t region_size_ = 0;
  static inline Arena* current_ = nullptr;
  static inline Arena* slots_[kSlots] = {};

  Options options_;
  uint8_t index_ = 0;
  char* begin_ = nullptr;
  char* next_ = nullptr;
  char* high_ = nullptr;  // from here on the arena is zero, also after a Rewind()
  size_t live_blocks_ = 0;
  uint64_t allocations_ = 0;
  std::array<void*, kClasses> free_{};  // heads of the lists of freed blocks, linked through the blocks
  std::vector<std::vector<void*>> sites_;
};

// Sends operator new to `arena`; null opens the host's heap.
class ArenaScope {
 public:
  explicit ArenaScope(Arena* arena) : previous_(Arena::current_) { Arena::current_ = arena; }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;
  ~ArenaScope() { Arena::current_ = previous_; }

 private:
  Arena* previous_;
};

// What belongs to the host, in the middle of a step.
class HostScope : public ArenaScope {
 public:
  HostScope() : ArenaScope(nullptr) {}
};

}  // namespace sim

#endif  // SIM_WORLD_ARENA_H_
