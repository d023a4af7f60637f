// zlib with memory from operator new, so that in a simulation its state lies in the world's arena like any other.
//
//   z_stream stream = {};
//   UseOperatorNew(stream);
//   CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
#ifndef CLIENT_BASE_ZLIB_MEMORY_H_
#define CLIENT_BASE_ZLIB_MEMORY_H_

#include <zlib.h>

#include <cstddef>
#include <new>

namespace client {

inline void UseOperatorNew(z_stream& stream) {
  stream.zalloc = [](void*, unsigned items, unsigned size) { return ::operator new(size_t{items} * size); };
  stream.zfree = [](void*, void* memory) { ::operator delete(memory); };
}

}  // namespace client

#endif  // CLIENT_BASE_ZLIB_MEMORY_H_
