// How a command ends: a number for scripts, a line for people.
#ifndef TOOLS_FETCH_EXIT_STATUS_H_
#define TOOLS_FETCH_EXIT_STATUS_H_

#include <string>

#include "client/base/error.h"

namespace wavetank {

// FetchUsage() says what they mean.
enum FetchStatus : int {
  kFetched = 0,
  kFetchUsage = 2,
  kFetchHttpStatus = 4,
  kFetchLookup = 5,
  kFetchConnect = 6,
  kFetchTls = 7,
  kFetchTimeout = 8,
  kFetchDisconnected = 9,
  kFetchProtocol = 10,
  kFetchRejected = 11,
  kFetchLocalFile = 12,
  kFetchCertificate = 13,
  kFetchInterrupted = 130,
  kFetchTerminated = 143,
};

struct Outcome {
  FetchStatus status = kFetched;
  std::string message;  // for stderr; may be empty
};

Outcome OutcomeOf(const client::ClientError& error);

// A file of ours that cannot be opened, read or written: `path` and the words for `number`, of errno.
client::ClientError FileError(const std::string& path, int number);

}  // namespace wavetank

#endif  // TOOLS_FETCH_EXIT_STATUS_H_
