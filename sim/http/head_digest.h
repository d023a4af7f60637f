// The head of a response as one number, taken where it is sent and where its user is given it.
#ifndef SIM_HTTP_HEAD_DIGEST_H_
#define SIM_HTTP_HEAD_DIGEST_H_

#include <xxhash.h>

#include <cstdint>

#include "client/http/headers.h"
#include "sim/choice/prng.h"

namespace sim {

// Of the status and the fields, in their order, byte by byte.
inline uint64_t HeadDigest(int status, const client::Headers& headers) {
  uint64_t digest = Mix(static_cast<uint64_t>(status));
  for (const client::Headers::Field& field : headers) {
    digest = Mix(digest ^ XXH3_64bits(field.name.data(), field.name.size()));
    digest = Mix(digest ^ XXH3_64bits(field.value.data(), field.value.size()));
  }
  return digest;
}

}  // namespace sim

#endif  // SIM_HTTP_HEAD_DIGEST_H_
