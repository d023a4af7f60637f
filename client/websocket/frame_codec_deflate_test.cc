#include <zlib.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/websocket/frame_codec.h"
#include "client/websocket/message_deflate.h"
#include "gtest/gtest.h"

namespace client {
namespace {

constexpr size_t kMessageMax = 70000;
const DeflateParameters kDefault;

class Recorder final : public FrameDecoder::Events {
 public:
  void OnMessage(WebSocketMessage message) override {
    absl::StrAppend(&log, message.type == MessageType::kText ? "text[" : "binary[", Shown(message.data.view()), "]");
  }
  void OnPing(Slice payload) override { absl::StrAppend(&log, "ping[", payload.view(), "]"); }
  void OnPong(Slice payload) override { absl::StrAppend(&log, "pong[", payload.view(), "]"); }
  void OnClose(uint16_t code, absl::string_view) override { absl::StrAppend(&log, "close[", code, "]"); }
  static std::string Shown(absl::string_view data) {
    if (data.size() < 100) return std::string(data);
    return absl::StrCat(data.size(), "#", crc32(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
  }
  std::string log;
};

std::string Decode(const std::vector<absl::string_view>& pieces, WebSocketRole role, const DeflateParameters& agreed) {
  Recorder recorder;
  FrameDecoder decoder(role, kMessageMax, recorder);
  decoder.EnableDeflate(agreed);
  for (const absl::string_view piece : pieces) {
    const Result<void> fed = decoder.Feed(Slice::Copy(piece));
    if (!fed.ok()) return absl::StrCat(recorder.log, decoder.close_code(), " ", fed.error().message());
  }
  EXPECT_EQ(decoder.buffered(), 0u);
  return recorder.log;
}

std::string DecodeAtEverySplit(absl::string_view input, WebSocketRole role = WebSocketRole::kClient,
                               const DeflateParameters& agreed = kDefault) {
  const std::string whole = Decode({input}, role, agreed);
  for (size_t i = 0; i <= input.size(); i += input.size() < 1000 ? 1 : 1 + i / 16) {
    Recorder recorder;
    FrameDecoder decoder(role, kMessageMax, recorder);
    decoder.EnableDeflate(agreed);
    Result<void> fed = decoder.Feed(Slice::Copy(input.substr(0, i)));
    if (fed.ok()) fed = decoder.Feed(Slice::Copy(input.substr(i)));
    if (!fed.ok()) absl::StrAppend(&recorder.log, decoder.close_code(), " ", fed.error().message());
    EXPECT_EQ(recorder.log, whole) << "cut at " << i;
  }
  std::vector<absl::string_view> bytes;
  for (size_t i = 0; i < input.size(); ++i) bytes.push_back(input.substr(i, 1));
  EXPECT_EQ(Decode(bytes, role, agreed), whole);
  return whole;
}

class Dice final : public Entropy {
 public:
  uint64_t Next() override { return 0x1122334455667788 + ++throws_; }

 private:
  uint64_t throws_ = 0;
};

// One end, that says what it is told in frames.
class Speaker {
 public:
  explicit Speaker(WebSocketRole role, const DeflateParameters& agreed = kDefault)
      : mask_(role == WebSocketRole::kClient ? &dice_ : nullptr), deflater_(agreed, role) {}

  std::string SayInParts(const std::vector<std::string>& fragments, absl::string_view between = "",
                         FrameOpcode opcode = FrameOpcode::kText) {
    std::string bytes;
    for (size_t i = 0; i < fragments.size(); ++i) {
      const bool last = i + 1 == fragments.size();
      const absl::string_view payload = deflater_.Deflate(fragments[i], last);
      absl::StrAppend(&bytes, EncodeDeflatedFrame(opcode, last, payload, mask_).view(), last ? "" : between);
      opcode = FrameOpcode::kContinuation;
    }
    return bytes;
  }
  std::string Say(const std::string& text) { return SayInParts({text}); }
  std::string SayPlain(absl::string_view text) {
    return std::string(EncodeFrame(FrameOpcode::kText, true, text, mask_).view());
  }
  std::string Ping() { return std::string(EncodeFrame(FrameOpcode::kPing, true, "?", mask_).view()); }

 private:
  Dice dice_;
  Entropy* mask_;
  MessageDeflater deflater_;
};

// One after the other: the operands of + may be said in any order.
std::string InOrder(std::initializer_list<std::string> parts) { return absl::StrJoin(parts, ""); }
std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}
std::string Raw(absl::string_view payload) {
  return std::string(EncodeDeflatedFrame(FrameOpcode::kText, true, payload, nullptr).view());
}
std::string Noise(size_t size) {
  std::string text;
  uint32_t state = 1;
  for (size_t i = 0; i < size; ++i) text.push_back(static_cast<char>((state = state * 1664525 + 1013904223) >> 25));
  return text;
}

TEST(DeflatedFrameTest, TheExamplesOfTheRfc) {
  Speaker server(WebSocketRole::kServer);
  EXPECT_EQ(server.Say("Hello"), Bytes({0xC1, 7, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}));
  EXPECT_EQ(server.Say("Hello"), Bytes({0xC1, 5, 0xF2, 0x00, 0x11, 0x00, 0x00}));
  EXPECT_EQ(server.Say(""), Bytes({0xC1, 1, 0x00}));
  const std::string hello = Bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});
  const std::string fragmented = Bytes({0x41, 3}) + hello.substr(0, 3) + Bytes({0x80, 4}) + hello.substr(3);
  EXPECT_EQ(DecodeAtEverySplit(fragmented + Bytes({0xC1, 5, 0xF2, 0x00, 0x11, 0x00, 0x00})), "text[Hello]text[Hello]");
  const std::string stored = Bytes({0x00, 0x05, 0x00, 0xFA, 0xFF, 'H', 'e', 'l', 'l', 'o', 0x00});
  EXPECT_EQ(DecodeAtEverySplit(Raw(stored) + Raw(Bytes({0x00}))), "text[Hello]text[]");
  const std::string two_blocks = Bytes({0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00});
  EXPECT_EQ(DecodeAtEverySplit(Raw(two_blocks)), "text[Hello]");
}

TEST(DeflatedFrameTest, AFinalBlockDoesNotEndTheWindow) {
  const std::string final_block = Bytes({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});
  const std::string again = Raw(Bytes({0xF2, 0x00, 0x11, 0x00, 0x00}));
  EXPECT_EQ(DecodeAtEverySplit(Raw(final_block + Bytes({0})) + again), "text[Hello]text[Hello]");
  EXPECT_EQ(DecodeAtEverySplit(Raw(final_block + final_block + Bytes({0})) + again), "text[HelloHello]text[Hello]");
  EXPECT_EQ(DecodeAtEverySplit(Raw(final_block)),
            "1007 bad WebSocket frame: compressed data that ends inside a block");
}

TEST(DeflatedFrameTest, BothRolesWithEveryParameterAtEverySplit) {
  const std::string noise = Noise(600);
  const std::string prose = "it was the best of times, it was the worst of times";
  std::string log;
  for (const std::string& text : {noise, prose, prose, noise, std::string(), prose}) {
    absl::StrAppend(&log, "text[", Recorder::Shown(text), "]");
  }
  for (const WebSocketRole role : {WebSocketRole::kClient, WebSocketRole::kServer}) {
    const WebSocketRole peer = role == WebSocketRole::kClient ? WebSocketRole::kServer : WebSocketRole::kClient;
    for (int bits = 8; bits <= 15; ++bits) {
      for (const bool no_takeover : {false, true}) {
        SCOPED_TRACE(absl::StrCat(bits, no_takeover ? " alone" : ""));
        DeflateParameters agreed;  // the other direction keeps its defaults: they must not be mixed up
        const bool client = role == WebSocketRole::kClient;
        (client ? agreed.client_max_window_bits : agreed.server_max_window_bits) = bits;
        (client ? agreed.client_no_context_takeover : agreed.server_no_context_takeover) = no_takeover;
        Speaker speaker(role, agreed);
        const std::string input = InOrder(
            {speaker.Say(noise), speaker.Say(prose), speaker.SayInParts({prose.substr(0, 9), prose.substr(9), ""}),
             speaker.Say(noise), speaker.Say(""), speaker.SayInParts({"", prose})});
        EXPECT_EQ(DecodeAtEverySplit(input, peer, agreed), log);
      }
    }
  }
}

TEST(DeflatedFrameTest, TheWindowGoesOnFromMessageToMessageUnlessItIsAgreedOtherwise) {
  const std::string noise = Noise(300);
  Speaker with(WebSocketRole::kServer);
  EXPECT_GT(with.Say(noise).size(), 200u);
  EXPECT_LT(with.Say(noise).size(), 20u);
  DeflateParameters alone;
  alone.server_no_context_takeover = true;
  Speaker without(WebSocketRole::kServer, alone);
  EXPECT_EQ(without.Say(noise), without.Say(noise));
}

TEST(DeflatedFrameTest, AWindowThatIsTooSmallForTheSenderIsAnError) {
  Speaker speaker(WebSocketRole::kServer);
  const std::string input = InOrder({speaker.Say(Noise(1000)), speaker.Say(Noise(1000))});
  DeflateParameters agreed;
  agreed.server_max_window_bits = 8;
  const std::string got = Decode({input}, WebSocketRole::kClient, agreed);
  EXPECT_EQ(got, absl::StrCat("text[", Recorder::Shown(Noise(1000)), "]",
                              "1007 bad WebSocket frame: corrupt compressed data"));
}

TEST(DeflatedFrameTest, AFragmentThatIsLeftOutSpoilsWhatFollows) {
  Speaker speaker(WebSocketRole::kServer);
  std::string input = speaker.Say("a message that arrives");
  speaker.Say("another one, which does not arrive");
  absl::StrAppend(&input, speaker.Say("another one, which does not arrive"));
  EXPECT_NE(Decode({input}, WebSocketRole::kClient, kDefault),
            "text[a message that arrives]text[another one, which does not arrive]");
}

TEST(DeflatedFrameTest, PlainMessagesAndControlFramesGoInBetween) {
  for (const WebSocketRole role : {WebSocketRole::kClient, WebSocketRole::kServer}) {
    Speaker speaker(role);
    const std::string ping = speaker.Ping();
    const std::string input = InOrder({speaker.Say("one"), ping, speaker.SayPlain("two"),
                                       speaker.SayInParts({"th", "", "ree"}, ping), speaker.SayPlain(""),
                                       speaker.Say("one")});
    const WebSocketRole peer = role == WebSocketRole::kClient ? WebSocketRole::kServer : WebSocketRole::kClient;
    EXPECT_EQ(DecodeAtEverySplit(input, peer),
              "text[one]ping[?]text[two]ping[?]ping[?]text[three]text[]text[one]");
  }
}

TEST(DeflatedFrameTest, ReservedBitsAreForTheFirstFrameOfAMessageAndOnlyOnceAgreed) {
  const std::string refusal = "1002 bad WebSocket frame: reserved bits are set";
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x41, 1, 0, 0xC0, 1, 0})), refusal);  // on a continuation
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x01, 1, 'a', 0xC0, 1, 0})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0xC9, 0})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0xC8, 0})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0xA1, 0})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0xE1, 1, 0})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x41, 1, 0, 0xC1, 1, 0})),
            "1002 bad WebSocket frame: a message inside a message");
  Recorder recorder;
  FrameDecoder plain(WebSocketRole::kClient, kMessageMax, recorder);
  const Result<void> fed = plain.Feed(Slice::Copy(Raw(Bytes({0}))));
  ASSERT_FALSE(fed.ok());
  EXPECT_EQ(fed.error().message(), "bad WebSocket frame: reserved bits are set");
}

TEST(DeflatedFrameTest, TruncatedDataIsAnErrorWhereverItIsCut) {
  MessageDeflater deflater(kDefault, WebSocketRole::kServer);
  const std::string payload(deflater.Deflate("it was the best of times, it was the worst of times", true));
  for (size_t size = 0; size < payload.size(); ++size) {
    const std::string got = DecodeAtEverySplit(Raw(absl::string_view(payload).substr(0, size)));
    EXPECT_EQ(got.substr(0, 5), "1007 ") << size << ": " << got;
  }
  EXPECT_EQ(DecodeAtEverySplit(Raw("")), "1007 bad WebSocket frame: compressed data that ends inside a block");
  EXPECT_EQ(DecodeAtEverySplit(Raw(payload + payload.substr(0, 1))).substr(0, 5), "1007 ");
}

TEST(DeflatedFrameTest, CorruptDataIsAnError) {
  const std::string corrupt = "1007 bad WebSocket frame: corrupt compressed data";
  EXPECT_EQ(DecodeAtEverySplit(Raw(Bytes({0x06, 0, 0}))), corrupt);                         // no such kind of block
  EXPECT_EQ(DecodeAtEverySplit(Raw(Bytes({0x00, 1, 0, 1, 0, 'a', 0}))), corrupt);           // lengths that do not match
  EXPECT_EQ(DecodeAtEverySplit(Raw(Bytes({0xF2, 0x00, 0x11, 0x00, 0x00}))), corrupt);       // behind the window
  // Every single bit: an error or other bytes, never more than that.
  MessageDeflater deflater(kDefault, WebSocketRole::kServer);
  const std::string good(deflater.Deflate(Noise(200), true));
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    Decode({Raw(bad)}, WebSocketRole::kClient, kDefault);
  }
}

TEST(DeflatedFrameTest, WhatIsInflatedIsBoundedByTheMaximumAndNoMoreIsHeld) {
  const std::string refusal = "1009 bad WebSocket frame: a message of more than 70000 bytes";
  Speaker just(WebSocketRole::kServer);
  const std::string most(kMessageMax, 'x');
  EXPECT_EQ(DecodeAtEverySplit(just.Say(most)), absl::StrCat("text[", Recorder::Shown(most), "]"));
  Speaker in_parts(WebSocketRole::kServer);
  EXPECT_EQ(DecodeAtEverySplit(in_parts.SayInParts({most, ""})), absl::StrCat("text[", Recorder::Shown(most), "]"));
  Speaker noisy(WebSocketRole::kServer);  // longer compressed than it is
  const std::string noise = Noise(kMessageMax);
  EXPECT_EQ(Decode({noisy.Say(noise)}, WebSocketRole::kClient, kDefault),
            absl::StrCat("text[", Recorder::Shown(noise), "]"));
  Speaker above(WebSocketRole::kServer);
  EXPECT_EQ(DecodeAtEverySplit(above.Say(most + "x")), refusal);
  Speaker bomb(WebSocketRole::kServer);
  const std::string small = bomb.Say(std::string(64 << 20, 'x'));
  EXPECT_LT(small.size(), size_t{70000});
  EXPECT_EQ(Decode({small}, WebSocketRole::kClient, kDefault), refusal);
}

TEST(DeflatedFrameTest, TextIsCheckedBehindTheInflation) {
  Speaker speaker(WebSocketRole::kServer);
  EXPECT_EQ(DecodeAtEverySplit(speaker.SayInParts({"\xE2", "\x82\xAC"})), "text[€]");
  Speaker bad(WebSocketRole::kServer);
  EXPECT_EQ(DecodeAtEverySplit(bad.SayInParts({"ok", "\xFF", "more"})),
            "1007 bad WebSocket frame: text that is not UTF-8");
  Speaker cut(WebSocketRole::kServer);
  EXPECT_EQ(DecodeAtEverySplit(cut.Say("\xE2\x82")), "1007 bad WebSocket frame: text that ends inside a character");
  Speaker binary(WebSocketRole::kServer);
  EXPECT_EQ(DecodeAtEverySplit(binary.SayInParts({"\xFF"}, "", FrameOpcode::kBinary)), "binary[\xFF]");
}

TEST(DeflatedFrameTest, AFragmentIsRestoredBeforeTheNextOneComes) {
  Recorder recorder;
  FrameDecoder decoder(WebSocketRole::kClient, kMessageMax, recorder);
  decoder.EnableDeflate(kDefault);
  MessageDeflater deflater(kDefault, WebSocketRole::kServer);
  const Slice first = EncodeDeflatedFrame(FrameOpcode::kText, false, deflater.Deflate("hello, ", false), nullptr);
  ASSERT_TRUE(decoder.Feed(first).ok());
  EXPECT_EQ(decoder.DebugString(), "text, 7 bytes so far");
  EXPECT_EQ(decoder.buffered(), 7u);
}

}  // namespace
}  // namespace client
