// WebSocket frames, with and without permessage-deflate, fed whole, in pieces of the input's choice, and byte by byte;
// and what was understood, said again and understood by the other end.
//
// A byte of flags (role, deflate and its context, the largest message), one for the windows, pieces, and the bytes of a
// connection.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/websocket/frame_codec.h"
#include "client/websocket/utf8.h"
#include "tools/fuzz/fuzz_input.h"

namespace wavetank {
namespace {

using client::DeflateParameters;
using client::FrameDecoder;
using client::FrameOpcode;
using client::Result;
using client::Slice;
using client::WebSocketRole;

constexpr size_t kMessageMax[] = {1 << 20, 4096, 126, 5};
constexpr size_t kSlack = 125 + 14;  // a control frame and a header
constexpr size_t kShown = 256;       // bytes of a message that are compared as text; the rest by a sum

struct Connection {
  WebSocketRole role;
  size_t message_max;
  bool deflate;
  DeflateParameters agreed;
};

struct Said {
  FrameOpcode opcode;
  std::string payload;
};

std::string Shown(absl::string_view data) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : data) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return absl::StrCat(data.size(), " ", hash, " ", data.substr(0, kShown));
}

class Recorder final : public FrameDecoder::Events {
 public:
  explicit Recorder(size_t message_max) : message_max_(message_max) {}
  void OnMessage(client::WebSocketMessage message) override {
    const bool text = message.type == client::MessageType::kText;
    const absl::string_view data = message.data.view();
    Require(data.size() <= message_max_, "no message is above the maximum");
    Require(!text || client::IsUtf8(data), "text is UTF-8");
    Add(text ? FrameOpcode::kText : FrameOpcode::kBinary, data);
  }
  void OnPing(Slice payload) override { Add(FrameOpcode::kPing, payload.view()); }
  void OnPong(Slice payload) override { Add(FrameOpcode::kPong, payload.view()); }
  void OnClose(uint16_t code, absl::string_view reason) override { absl::StrAppend(&log, "close ", code, " ", reason); }

  std::string log;
  std::vector<Said> said;

 private:
  void Add(FrameOpcode opcode, absl::string_view data) {
    absl::StrAppend(&log, static_cast<int>(opcode), " ", Shown(data), "\n");
    said.push_back({opcode, std::string(data)});
  }
  const size_t message_max_;
};

std::string Decode(const Connection& connection, const std::vector<absl::string_view>& pieces,
                   std::vector<Said>* said = nullptr) {
  Recorder recorder(connection.message_max);
  FrameDecoder decoder(connection.role, connection.message_max, recorder);
  if (connection.deflate) decoder.EnableDeflate(connection.agreed);
  for (absl::string_view piece : pieces) {
    const Result<void> fed = decoder.Feed(Slice::Copy(piece));
    Require(decoder.buffered() <= connection.message_max + kSlack, "what is held is bounded");
    if (fed.ok()) continue;
    const std::string before = recorder.log;
    Require(!decoder.Feed(Slice::Copy("x")).ok() && recorder.log == before, "errors are sticky");
    absl::StrAppend(&recorder.log, "error ", decoder.close_code());
    break;
  }
  if (said != nullptr) *said = recorder.said;
  absl::StrAppend(&recorder.log, decoder.closed() ? " closed " : " open ");
  return recorder.log;
}

class Dice final : public client::Entropy {
 public:
  uint64_t Next() override { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }

 private:
  uint64_t state_ = 1;
};

// What came in goes out again, from the other role to ours, each message in one frame.
void SayAgain(const Connection& connection, const std::vector<Said>& said) {
  const bool by_client = connection.role == WebSocketRole::kServer;
  Dice dice;
  client::Entropy* mask = by_client ? &dice : nullptr;
  client::MessageDeflater deflater(connection.agreed, by_client ? WebSocketRole::kClient : WebSocketRole::kServer);
  std::string bytes, expected;
  for (const Said& one : said) {
    const bool control = one.opcode == FrameOpcode::kPing || one.opcode == FrameOpcode::kPong;
    if (connection.deflate && !control) {
      const absl::string_view deflated = deflater.Deflate(one.payload, /*last=*/true);
      absl::StrAppend(&bytes, client::EncodeDeflatedFrame(one.opcode, true, deflated, mask).view());
    } else {
      absl::StrAppend(&bytes, client::EncodeFrame(one.opcode, true, one.payload, mask).view());
    }
    absl::StrAppend(&expected, static_cast<int>(one.opcode), " ", Shown(one.payload), "\n");
  }
  RequireSame(absl::StrCat(expected, " open "), Decode(connection, {bytes}), "what is encoded is decoded");
}

}  // namespace
}  // namespace wavetank

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using wavetank::Cut;
  wavetank::FuzzInput input(data, size);
  const uint8_t flags = input.Byte();
  const uint8_t windows = input.Byte();
  wavetank::Connection connection{};
  connection.role = (flags & 1) != 0 ? client::WebSocketRole::kServer : client::WebSocketRole::kClient;
  connection.deflate = (flags & 2) != 0;
  connection.agreed.client_no_context_takeover = (flags & 4) != 0;
  connection.agreed.server_no_context_takeover = (flags & 8) != 0;
  connection.message_max = wavetank::kMessageMax[flags >> 4 & 3];
  connection.agreed.client_max_window_bits = 15 - windows % 8;
  connection.agreed.server_max_window_bits = 15 - (windows >> 3) % 8;
  const std::vector<size_t> pieces = input.Pieces();
  std::vector<wavetank::Said> said;
  const std::string whole = wavetank::Decode(connection, {input.rest()}, &said);
  wavetank::RequireSame(whole, wavetank::Decode(connection, Cut(input.rest(), pieces)), "cuts change no event");
  wavetank::RequireSame(whole, wavetank::Decode(connection, Cut(input.rest(), {1})), "nor do cuts everywhere");
  wavetank::SayAgain(connection, said);
  return 0;
}
