#include "tools/fetch/exit_status.h"

#include <string.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace wavetank {
namespace {

using client::ErrorKind;

// The client says kConnect where TLS was not agreed, kDisconnected where it broke, and names it.
bool IsTls(const client::ClientError& error) {
  for (const absl::string_view words : {"the TLS handshake failed", "certificate verify failed", "TLS failed"}) {
    if (absl::StrContains(error.message(), words)) return true;
  }
  return false;
}

FetchStatus StatusOf(const client::ClientError& error) {
  switch (error.kind()) {
    case ErrorKind::kUsage: return kFetchUsage;
    case ErrorKind::kDns: return kFetchLookup;
    case ErrorKind::kConnect: return IsTls(error) ? kFetchTls : kFetchConnect;
    case ErrorKind::kTimeout: return kFetchTimeout;
    case ErrorKind::kDisconnected: return IsTls(error) ? kFetchTls : kFetchDisconnected;
    case ErrorKind::kProtocol: return kFetchProtocol;
    case ErrorKind::kBodySource: return kFetchLocalFile;
    case ErrorKind::kSessionClosed: return kFetchDisconnected;
    case ErrorKind::kRejected: return kFetchRejected;
  }
  return kFetchProtocol;
}

}  // namespace

Outcome OutcomeOf(const client::ClientError& error) {
  return Outcome{StatusOf(error), std::string(error.message())};
}

client::ClientError FileError(const std::string& path, int number) {
  return client::ClientError(ErrorKind::kBodySource, absl::StrCat(path, ": ", strerror(number)));
}

}  // namespace wavetank
