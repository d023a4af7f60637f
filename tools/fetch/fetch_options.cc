#include "tools/fetch/fetch_options.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace wavetank {
namespace {

using Command = FetchOptions::Command;

absl::string_view WordOf(Command command) {
  switch (command) {
    case Command::kGet: return "get";
    case Command::kPut: return "put";
    case Command::kWebSocket: return "ws";
  }
  return "";
}

std::string ParseHeader(const std::string& value, FetchOptions* options) {
  const size_t colon = value.find(':');
  const absl::string_view name = absl::string_view(value).substr(0, colon);
  if (colon == std::string::npos) return absl::StrCat("'", value, "' is not like 'Name: value'");
  const absl::string_view text = absl::StripAsciiWhitespace(absl::string_view(value).substr(colon + 1));
  if (!client::IsToken(name)) return absl::StrCat("'", name, "' cannot be the name of a field");
  if (!client::IsFieldValue(text)) return absl::StrCat("'", text, "' cannot be the value of a field");
  options->headers.Add(name, text);
  return "";
}

std::string ParseTimeout(const std::string& value, FetchOptions* options) {
  if (absl::ParseDuration(value, &options->timeout) && options->timeout > absl::ZeroDuration()) return "";
  return absl::StrCat("'", value, "' is not a duration like 500ms, 30s or 2h");
}

std::string ParseText(const std::string& value, std::string* text) {
  *text = value;
  return value.empty() ? "the value is missing" : "";
}

std::string ParseMethod(const std::string& value, FetchOptions* options) {
  options->method = value;
  return client::IsToken(value) ? "" : absl::StrCat("'", value, "' cannot be a method");
}

std::string ParseData(const std::string& value, FetchOptions* options) {
  options->data = value;
  return value == "@" ? "the name of the file is missing" : "";
}

std::string AddMessage(const std::string& value, FetchOptions* options) {
  options->messages.push_back(value);
  return "";
}

struct Flag {
  const char* name;
  const char* commands;                                             // separated by spaces
  bool FetchOptions::*set;                                          // of a flag without a value
  bool sets_to;
  std::string (*parse)(const std::string& value, FetchOptions*);    // of one with a value: an error, or empty
};

constexpr Flag kFlags[] = {
    {"help", "get put ws", &FetchOptions::help, true, nullptr},
    {"include", "get put", &FetchOptions::include, true, nullptr},
    {"insecure", "get put ws", &FetchOptions::insecure, true, nullptr},
    {"no-redirects", "get put", &FetchOptions::redirects, false, nullptr},
    {"fail", "get put", &FetchOptions::fail, true, nullptr},
    {"quiet", "get put ws", &FetchOptions::quiet, true, nullptr},
    {"output", "get put", nullptr, true,
     [](const std::string& value, FetchOptions* options) { return ParseText(value, &options->output); }},
    {"cacert", "get put ws", nullptr, true,
     [](const std::string& value, FetchOptions* options) { return ParseText(value, &options->ca_file); }},
    {"proxy", "get put ws", nullptr, true,
     [](const std::string& value, FetchOptions* options) { return ParseText(value, &options->proxy); }},
    {"header", "get put ws", nullptr, true, ParseHeader},
    {"data", "get", nullptr, true, ParseData},
    {"request", "get put", nullptr, true, ParseMethod},
    {"timeout", "get put ws", nullptr, true, ParseTimeout},
    {"message", "ws", nullptr, true, AddMessage},
};

std::string ParseFlag(const std::string& arg, std::vector<const Flag*>* seen, FetchOptions* options) {
  const size_t equals = arg.find('=');
  const std::string name = arg.substr(2, equals == std::string::npos ? equals : equals - 2);
  for (const Flag& flag : kFlags) {
    if (name != flag.name) continue;
    if ((flag.parse != nullptr) != (equals != std::string::npos)) {
      return absl::StrCat("--", name, flag.parse != nullptr ? " needs a value: --" + name + "=..." : " takes no value");
    }
    seen->push_back(&flag);
    if (flag.parse == nullptr) {
      options->*flag.set = flag.sets_to;
      return "";
    }
    const std::string error = flag.parse(arg.substr(equals + 1), options);
    return error.empty() ? "" : absl::StrCat("--", name, ": ", error);
  }
  return absl::StrCat("there is no flag --", name);
}

// The command, and what it works on.
std::string TakeOperands(const std::vector<std::string>& operands, FetchOptions* options) {
  const size_t wanted = options->command == Command::kPut ? 3 : 2;
  if (operands.size() < 2) return absl::StrCat("'", operands[0], "' needs a URL");
  if (operands.size() < wanted) return "'put' needs a URL and a FILE, which may be -";
  if (operands.size() > wanted) return absl::StrCat("'", operands[wanted], "' is one operand too many");
  options->url = operands[1];
  if (wanted == 3) options->file = operands[2];
  return "";
}

}  // namespace

bool IsFetchCommand(const std::string& word) { return word == "get" || word == "put" || word == "ws"; }

bool ParseFetchOptions(const std::vector<std::string>& args, FetchOptions* options, std::string* error) {
  std::vector<const Flag*> seen;
  std::vector<std::string> operands;
  for (const std::string& arg : args) {
    if (arg == "-h") {
      options->help = true;
    } else if (absl::StartsWith(arg, "--")) {
      *error = ParseFlag(arg, &seen, options);
    } else if (arg.size() > 1 && arg[0] == '-') {
      *error = absl::StrCat("there is no flag ", arg);
    } else {
      operands.push_back(arg);
    }
    if (!error->empty()) return false;
  }
  if (options->help) return true;
  if (operands[0] == "put") options->command = Command::kPut;
  if (operands[0] == "ws") options->command = Command::kWebSocket;
  for (const Flag* flag : seen) {
    const std::vector<absl::string_view> commands = absl::StrSplit(flag->commands, ' ');
    bool belongs = false;
    for (absl::string_view command : commands) belongs = belongs || command == WordOf(options->command);
    if (belongs) continue;
    *error = absl::StrCat("--", flag->name, " does not belong to '", operands[0], "'");
    return false;
  }
  *error = TakeOperands(operands, options);
  return error->empty();
}

std::string FetchUsage() {
  return R"(wavetank get URL, put URL FILE, ws URL: the client on real sockets

  wavetank get URL                  prints what is there
      --data=TEXT|@FILE             sends that, by POST
  wavetank put URL FILE|-           sends a file, or stdin (chunked, if nobody knows its length)
  wavetank ws URL                   every line of stdin is a text message; prints every message that comes, and a line
                                    feed. At the end of stdin it waits, no longer than 5 s, for the pong to a last ping,
                                    behind which are the answers of most servers, then says goodbye (1000) and waits for
                                    the server's
      --message=TEXT                is sent instead of the lines of stdin; repeatable

get and put:
  --output=FILE      where the body goes (default: stdout). While it comes, it is FILE.part, which gets its name when it
                     is complete, and is removed after a failure and after Ctrl-C
  --include          status line and header fields come first
  --request=METHOD   instead of GET, POST or PUT
  --no-redirects     a redirect is a response like any other
  --fail             a status of 400 and above is exit status 4, and its body is not written
All:
  --header='K: V'    repeatable
  --timeout=30s      for everything; with ws, until it is open
  --insecure         whoever answers is believed to be the server
  --cacert=FILE      whom to trust, besides nobody
  --proxy=URL        instead of http_proxy, https_proxy, all_proxy and no_proxy in the environment
  --quiet            no progress, no remarks
SIGUSR1 prints on stderr who waits for whom, and at which line.

Exit status: 0 done, 2 wrong usage or URL, 4 an HTTP status (--fail), 5 the host has no address, 6 no connection,
7 TLS, 8 time is up, 9 the connection ended, or the body was cut, 10 what the server says is no HTTP or WebSocket,
11 the server refuses (handshakes, endless redirects, a WebSocket closed in anger), 12 a file here, 13 the certificate
does not prove that it is the server, 130 Ctrl-C.
)";
}

}  // namespace wavetank
