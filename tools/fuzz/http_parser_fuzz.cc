// HTTP messages, fed whole, in pieces of the input's choice, and byte by byte.
//
// A byte of flags (request, answer to HEAD, end of the connection, small limits), pieces, and what a connection says.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/http/http_parser.h"
#include "tools/fuzz/fuzz_input.h"

namespace wavetank {
namespace {

using client::HttpLimits;
using client::HttpParser;
using client::MessageHead;

constexpr int kMessagesMax = 8;

struct Connection {
  HttpParser::Mode mode;
  bool head_request, eof;
  HttpLimits limits;
};

// Writes down what happens. The pieces of a body are joined, since where they are cut depends on the input's cuts.
class Recorder final : public HttpParser::Events {
 public:
  explicit Recorder(const HttpLimits& limits) : limits_(limits) {}

  void OnInformational(MessageHead& head) override { Head("interim", head); }
  void OnHead(MessageHead& head) override { Head("head", head); }
  void OnBody(absl::string_view part) override {
    Require(!part.empty(), "no part of a body is empty");
    Require(part.data() >= input.data() && part.data() + part.size() <= input.data() + input.size(),
            "a body is made of the input");
    absl::StrAppend(&body, part);
    body_bytes += part.size();
  }
  void OnTrailers(client::Headers& trailers) override { Fields("trailers", trailers); }
  void OnMessageComplete() override { absl::StrAppend(&log, "body ", body, "\nend\n"), body.clear(); }

  std::string log, body;
  uint64_t body_bytes = 0;
  uint64_t head_bytes = 0;
  absl::string_view input;  // of this Feed()

 private:
  void Head(absl::string_view what, const MessageHead& head) {
    absl::StrAppend(&log, what, " ", head.status, " ", head.reason, "|", head.method, "|", head.target, " 1.");
    absl::StrAppend(&log, head.minor_version, " framing ", static_cast<int>(head.framing.kind), " ",
                    head.framing.length, head.keep_alive ? " keep" : "", head.upgrade ? " upgrade" : "", "\n");
    head_bytes += head.method.size() + head.target.size() + head.reason.size();
    Require(head.target.size() <= limits_.start_line_max && head.reason.size() <= limits_.start_line_max,
            "a start line keeps its limit");
    Fields("fields", head.headers);
  }
  void Fields(absl::string_view what, const client::Headers& fields) {
    size_t bytes = 0;
    for (const client::Headers::Field& field : fields) {
      Require(client::IsToken(field.name), "the name of a field is a token");
      Require(client::IsFieldValue(field.value), "the value of a field is one");
      absl::StrAppend(&log, what, " ", field.name, ": ", field.value, "\n");
      bytes += field.name.size() + field.value.size();
    }
    Require(bytes <= limits_.head_bytes_max, "the fields keep their limit");
    Require(fields.size() <= limits_.header_count_max, "so does their number");
    head_bytes += bytes;
  }

  const HttpLimits limits_;
};

// All that the pieces make happen, as text: the events, and how it ended.
std::string Parse(const Connection& connection, const std::vector<absl::string_view>& pieces) {
  Recorder recorder(connection.limits);
  HttpParser parser(connection.mode, connection.limits, recorder);
  parser.StartMessage(connection.head_request);
  uint64_t consumed = 0;
  int messages = 0;
  for (absl::string_view piece : pieces) {
    while (!piece.empty() && messages < kMessagesMax) {
      const std::vector<char> own(piece.begin(), piece.end());  // a sanitizer sees a read beyond it
      recorder.input = absl::string_view(own.data(), own.size());
      const client::Result<size_t> used = parser.Feed(recorder.input);
      if (!used.ok()) {
        Require(parser.failed() && !parser.Feed("x").ok() && !parser.FeedEof().ok(), "errors are sticky");
        return absl::StrCat(recorder.log, "partial ", recorder.body, "\nerror ",
                            client::ErrorKindName(used.error().kind()));
      }
      consumed += *used;
      piece.remove_prefix(*used);
      Require(piece.empty() || parser.complete(), "input is left only behind the end of a message");
      Require(recorder.body_bytes + recorder.head_bytes <= consumed, "no byte is invented");
      if (!parser.complete()) continue;
      ++messages;
      if (parser.upgraded()) return absl::StrCat(recorder.log, "upgraded after ", consumed);
      parser.StartMessage(connection.head_request);
    }
  }
  std::string end = absl::StrCat("consumed ", consumed, parser.at_message_boundary() ? " at a boundary" : " inside");
  if (connection.eof) {
    const client::Result<void> eof = parser.FeedEof();
    absl::StrAppend(&end, " eof ", eof.ok() ? "" : client::ErrorKindName(eof.error().kind()));
  }
  return absl::StrCat(recorder.log, "partial ", recorder.body, "\n", end);
}

}  // namespace
}  // namespace wavetank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using wavetank::Cut;
  wavetank::FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  wavetank::Connection connection{};
  connection.mode = (flags & 1) != 0 ? client::HttpParser::Mode::kRequest : client::HttpParser::Mode::kResponse;
  connection.head_request = (flags & 2) != 0 && (flags & 1) == 0;
  connection.eof = (flags & 4) != 0;
  if ((flags & 8) != 0) {
    connection.limits = {.head_bytes_max = 100, .header_count_max = 3, .start_line_max = 20, .chunk_line_max = 12,
                         .informational_max = 2};
  }
  const std::vector<size_t> pieces = input.Pieces();
  const std::string whole = wavetank::Parse(connection, {input.rest()});
  wavetank::RequireSame(whole, wavetank::Parse(connection, Cut(input.rest(), pieces)), "cuts change no event");
  wavetank::RequireSame(whole, wavetank::Parse(connection, Cut(input.rest(), {1})), "nor do cuts everywhere");
  return 0;
}
