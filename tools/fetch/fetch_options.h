// The command lines of `wavetank get`, `put` and `ws`: flags (--name=value or --name) and operands, anywhere.
#ifndef TOOLS_FETCH_FETCH_OPTIONS_H_
#define TOOLS_FETCH_FETCH_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/http/headers.h"

namespace wavetank {

struct FetchOptions {
  enum class Command { kGet, kPut, kWebSocket };

  Command command = Command::kGet;
  std::string url;
  std::string file;  // put: what is sent; "-" is stdin

  bool help = false;
  bool include = false;    // status line and header fields come first
  bool insecure = false;   // TLS without verification
  bool redirects = true;   // are followed
  bool fail = false;       // a status of 400 and above is a failure
  bool quiet = false;      // no progress, no remarks
  std::string output;      // empty: stdout
  std::string method;      // empty: what the command means
  std::string ca_file;     // empty: those that the system trusts
  std::string proxy;       // empty: what the environment says
  absl::optional<std::string> data;  // TEXT, or @FILE
  client::Headers headers;
  absl::Duration timeout = absl::InfiniteDuration();
  std::vector<std::string> messages;  // ws: these instead of the lines of stdin
};

// True for the words that are commands of this part.
bool IsFetchCommand(const std::string& word);

// False with `error` if the arguments make no sense; `args` begin with the command, or with flags and then the command.
bool ParseFetchOptions(const std::vector<std::string>& args, FetchOptions* options, std::string* error);

std::string FetchUsage();

}  // namespace wavetank

#endif  // TOOLS_FETCH_FETCH_OPTIONS_H_
