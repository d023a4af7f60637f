// The bodies of responses that are compressed (RFC 9110 section 8.4.1), as a server sends them.
#ifndef SIM_HTTP_CONTENT_ENCODER_H_
#define SIM_HTTP_CONTENT_ENCODER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "client/base/name.h"
#include "sim/scenario/plan.h"

namespace sim {

// As Content-Encoding and Accept-Encoding say it. Requires that it is not kIdentity.
absl::string_view EncodingToken(ResponsePlan::Encoding encoding);

// The first `bytes` bytes of the repeating pattern (sim/world/pattern.h) of `key`, encoded; the same wherever zlib is.
std::string EncodePattern(ResponsePlan::Encoding encoding, client::Name key, uint64_t bytes);

}  // namespace sim

#endif  // SIM_HTTP_CONTENT_ENCODER_H_
