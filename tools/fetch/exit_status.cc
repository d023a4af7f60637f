#include "tools/fetch/exit_status.h"

#include <string.h>

#include "absl/strings/str_cat.h"

namespace wavetank {
namespace {

using client::ErrorKind;

FetchStatus StatusOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return kFetchUsage;
    case ErrorKind::kDns: return kFetchLookup;
    case ErrorKind::kConnect: return kFetchConnect;
    case ErrorKind::kTimeout: return kFetchTimeout;
    case ErrorKind::kDisconnected: return kFetchDisconnected;
    case ErrorKind::kProtocol: return kFetchProtocol;
    case ErrorKind::kBodySource: return kFetchLocalFile;
    case ErrorKind::kSessionClosed: return kFetchDisconnected;
    case ErrorKind::kRejected: return kFetchRejected;
    case ErrorKind::kTls: return kFetchTls;
    case ErrorKind::kCertificate: return kFetchCertificate;
  }
  return kFetchProtocol;
}

}  // namespace

Outcome OutcomeOf(const client::ClientError& error) {
  return Outcome{StatusOf(error.kind()), std::string(error.message())};
}

client::ClientError FileError(const std::string& path, int number) {
  return client::ClientError(ErrorKind::kBodySource, absl::StrCat(path, ": ", strerror(number)));
}

}  // namespace wavetank
