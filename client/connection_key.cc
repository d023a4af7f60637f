#include "client/connection_key.h"

#include "absl/strings/str_cat.h"

namespace client {

std::string ConnectionKey::DebugString() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return absl::StrCat(scheme == "http" ? "" : scheme, scheme == "http" ? "" : "://", bracketed ? "[" : "", host,
                      bracketed ? "]" : "", ":", port, proxy ? tunnel ? " through " : " via " : "",
                      proxy ? proxy.DebugString() : "");
}

}  // namespace client
