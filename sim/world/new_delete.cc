// The global operator new and delete: see arena.h.
//
// The nothrow and the aligned forms of the standard library end up here or in malloc; over-aligned objects are not
// used in a world (their frames would need another header), so those forms are left to the library.
#include <cstdlib>
#include <new>

#include "sim/world/arena.h"

#if SIM_HAS_ARENA

namespace {

void* Allocate(size_t size) {
  if (sim::Arena* arena = sim::Arena::current()) return arena->Allocate(size);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}

void Free(void* pointer) {
  if (sim::Arena::Owns(pointer)) {
    sim::Arena::Free(pointer);
  } else {
    std::free(pointer);
  }
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void operator delete(void* pointer) noexcept { Free(pointer); }
void operator delete[](void* pointer) noexcept { Free(pointer); }
void operator delete(void* pointer, size_t) noexcept { Free(pointer); }
void operator delete[](void* pointer, size_t) noexcept { Free(pointer); }

#endif  // SIM_HAS_ARENA
