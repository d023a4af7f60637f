#include "client/websocket/frame_codec.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace client {
namespace {

constexpr size_t kMessageMax = 70000;

class Recorder final : public FrameDecoder::Events {
 public:
  void OnMessage(WebSocketMessage message) override {
    absl::StrAppend(&log, message.type == MessageType::kText ? "text[" : "binary[", Shown(message.data), "]");
  }
  void OnPing(Slice payload) override { absl::StrAppend(&log, "ping[", payload.view(), "]"); }
  void OnPong(Slice payload) override { absl::StrAppend(&log, "pong[", payload.view(), "]"); }
  void OnClose(uint16_t code, absl::string_view reason) override {
    absl::StrAppend(&log, "close[", code, " ", reason, "]");
  }
  std::string log;

 private:
  static std::string Shown(const Slice& data) {
    return data.size() < 100 ? std::string(data.view()) : absl::StrCat(data.size(), "*", data.view().substr(0, 1));
  }
};

// Feeds `pieces`, each in memory of its own, and says what came out.
std::string Decode(const std::vector<absl::string_view>& pieces, WebSocketRole role) {
  Recorder recorder;
  FrameDecoder decoder(role, kMessageMax, recorder);
  for (const absl::string_view piece : pieces) {
    const Result<void> fed = decoder.Feed(Slice::Copy(piece));
    if (!fed.ok()) return absl::StrCat(recorder.log, decoder.close_code(), " ", fed.error().message());
  }
  absl::StrAppend(&recorder.log, decoder.closed() ? "." : "");
  return recorder.log;
}

// Decodes `input` whole, cut in two at every place, and byte by byte; the outcome must be the same.
std::string DecodeAtEverySplit(absl::string_view input, WebSocketRole role = WebSocketRole::kClient) {
  const std::string whole = Decode({input}, role);
  for (size_t i = 0; i <= input.size(); i += input.size() < 1000 ? 1 : 1 + i / 16) {
    EXPECT_EQ(Decode({input.substr(0, i), input.substr(i)}, role), whole) << "cut at " << i;
  }
  std::vector<absl::string_view> bytes;
  for (size_t i = 0; i < input.size(); ++i) bytes.push_back(input.substr(i, 1));
  EXPECT_EQ(Decode(bytes, role), whole);
  return whole;
}

class Dice final : public Entropy {
 public:
  uint64_t Next() override { return 0x1122334455667788 + ++throws_; }

 private:
  uint64_t throws_ = 0;
};

std::string Frame(FrameOpcode opcode, bool fin, absl::string_view payload) {
  return std::string(EncodeFrame(opcode, fin, payload, nullptr).view());
}
std::string Text(absl::string_view payload) { return Frame(FrameOpcode::kText, true, payload); }
std::string Close(uint16_t code, absl::string_view reason) {
  return std::string(EncodeCloseFrame(code, reason, nullptr).view());
}
std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

TEST(FrameDecoderTest, MessagesOfOneFrame) {
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x81, 5}) + "hello"), "text[hello]");
  const std::string three = Text("") + Text("a") + Frame(FrameOpcode::kBinary, true, "b");
  EXPECT_EQ(DecodeAtEverySplit(three), "text[]text[a]binary[b]");
  EXPECT_EQ(DecodeAtEverySplit(Text("käse €")), "text[käse €]");
}

TEST(FrameDecoderTest, EveryFormOfALength) {
  for (const size_t size : {125, 126, 127, 65535, 65536, 70000}) {
    SCOPED_TRACE(size);
    EXPECT_EQ(DecodeAtEverySplit(Text(std::string(size, 'x'))), absl::StrCat("text[", size, "*x]"));
  }
}

TEST(FrameDecoderTest, AFragmentedMessageIsDeliveredWholeAndControlFramesAtOnce) {
  const std::string input = Frame(FrameOpcode::kText, false, "he") + Frame(FrameOpcode::kPing, true, "?") +
                            Frame(FrameOpcode::kContinuation, false, "") +
                            Frame(FrameOpcode::kContinuation, false, "ll") + Frame(FrameOpcode::kPong, true, "!") +
                            Frame(FrameOpcode::kContinuation, true, "o") + Text("next");
  EXPECT_EQ(DecodeAtEverySplit(input), "ping[?]pong[!]text[hello]text[next]");
}

TEST(FrameDecoderTest, CharactersMayBeCutByFragments) {
  const std::string euro = "€";
  EXPECT_EQ(DecodeAtEverySplit(Frame(FrameOpcode::kText, false, euro.substr(0, 1)) +
                               Frame(FrameOpcode::kContinuation, false, euro.substr(1, 1)) +
                               Frame(FrameOpcode::kContinuation, true, euro.substr(2))),
            "text[€]");
  EXPECT_EQ(DecodeAtEverySplit(Frame(FrameOpcode::kText, false, euro.substr(0, 2)) +
                               Frame(FrameOpcode::kContinuation, true, "")),
            "1007 bad WebSocket frame: text that ends inside a character");
}

TEST(FrameDecoderTest, TextThatIsNotUtf8IsRefused) {
  for (const absl::string_view bad : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "a\x80", "\xE0\x80\x80",
                                      "\xF0\x80\x80\x80", "\xC3("}) {
    EXPECT_EQ(DecodeAtEverySplit(Text("ok") + Text(bad)), "text[ok]1007 bad WebSocket frame: text that is not UTF-8");
  }
  EXPECT_EQ(DecodeAtEverySplit(Frame(FrameOpcode::kBinary, true, "\xC0\xAF")), "binary[\xC0\xAF]");
}

TEST(FrameDecoderTest, TextIsRefusedAtItsFirstBadByte) {
  Recorder recorder;
  FrameDecoder decoder(WebSocketRole::kClient, kMessageMax, recorder);
  EXPECT_TRUE(decoder.Feed(Slice::Copy(Bytes({0x01, 100}) + "abc")).ok());
  EXPECT_FALSE(decoder.Feed(Slice::Copy("\xFF")).ok());
}

TEST(FrameDecoderTest, CloseFramesSayWhy) {
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x88, 0})), "close[1005 ].");
  EXPECT_EQ(DecodeAtEverySplit(Close(1000, "")), "close[1000 ].");
  EXPECT_EQ(DecodeAtEverySplit(Close(4999, "tschüß")), "close[4999 tschüß].");
  EXPECT_EQ(DecodeAtEverySplit(Frame(FrameOpcode::kText, false, "a") + Close(1001, "away")), "close[1001 away].");
}

TEST(FrameDecoderTest, NothingIsDeliveredAfterACloseFrame) {
  EXPECT_EQ(DecodeAtEverySplit(Close(1000, "") + Text("late") + Bytes({0xFF, 0xFF, 0xFF})), "close[1000 ].");
}

TEST(FrameDecoderTest, BadCloseFramesAreRefused) {
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x88, 1, 3})), "1002 bad WebSocket frame: a Close frame of one byte");
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535}) {
    EXPECT_EQ(DecodeAtEverySplit(Bytes({0x88, 2, code >> 8, code & 0xFF})),
              absl::StrCat("1002 bad WebSocket frame: close code ", code));
  }
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x88, 3, 0x03, 0xE8, 0xFF})),
            "1007 bad WebSocket frame: a close reason that is not UTF-8");
}

TEST(FrameDecoderTest, BadHeadersAreRefused) {
  const std::string prefix = "1002 bad WebSocket frame: ";
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0xC1, 0})), prefix + "reserved bits are set");
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x91, 1, 'a'})), prefix + "reserved bits are set");
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    EXPECT_EQ(DecodeAtEverySplit(Bytes({0x80 | opcode, 0})), absl::StrCat(prefix, "unknown opcode ", opcode));
  }
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x81, 0x80, 1, 2, 3, 4})), prefix + "a masked frame from a server");
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x80, 0})), prefix + "a continuation of nothing");
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x01, 0, 0x81, 0})), prefix + "a message inside a message");
  for (const std::string& malformed : {
           Bytes({0x09, 0}),                                       // a fragmented ping
           Bytes({0x89, 126, 0, 126}),                             // a long ping
           Bytes({0x81, 126, 0, 125}),                             // lengths that are not minimal
           Bytes({0x81, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}),
           Bytes({0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}),          // a negative length
       }) {
    EXPECT_EQ(DecodeAtEverySplit(malformed), prefix + "a malformed frame header");
  }
}

TEST(FrameDecoderTest, TheMaximumIsOfTheMessageAndIsKnownFromTheHeader) {
  const std::string refusal = "1009 bad WebSocket frame: a message of more than 70000 bytes";
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x71})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Bytes({0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})), refusal);
  EXPECT_EQ(DecodeAtEverySplit(Frame(FrameOpcode::kBinary, false, std::string(60000, 'x')) +
                               Frame(FrameOpcode::kContinuation, true, std::string(10001, 'x'))),
            refusal);
}

TEST(FrameDecoderTest, WhatIsOnlyAnnouncedIsNotHeld) {
  Recorder recorder;
  FrameDecoder decoder(WebSocketRole::kClient, 1 << 30, recorder);
  ASSERT_TRUE(decoder.Feed(Slice::Copy(Bytes({0x82, 127, 0, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF}) + "abc")).ok());
  EXPECT_EQ(decoder.buffered(), 3u);
  EXPECT_EQ(decoder.DebugString(), "binary, 3 bytes so far, in a frame with 1073741820 bytes to come");
}

TEST(FrameDecoderTest, ErrorsAreSticky) {
  Recorder recorder;
  FrameDecoder decoder(WebSocketRole::kClient, kMessageMax, recorder);
  EXPECT_FALSE(decoder.Feed(Slice::Copy(Bytes({0x83, 0}))).ok());
  EXPECT_FALSE(decoder.Feed(Slice::Copy(Text("a"))).ok());
  EXPECT_EQ(recorder.log, "");
}

TEST(FrameDecoderTest, AServerUnmasksWhatAClientMasks) {
  Dice dice;
  std::string input;
  for (const size_t size : {0, 1, 5, 125, 300, 66000}) {
    absl::StrAppend(&input, EncodeFrame(FrameOpcode::kText, true, std::string(size, 'x'), &dice).view());
    absl::StrAppend(&input, EncodeFrame(FrameOpcode::kPing, true, "are you there?", &dice).view());
  }
  absl::StrAppend(&input, EncodeCloseFrame(1000, "bye", &dice).view());
  const std::string ping = "ping[are you there?]";
  EXPECT_EQ(DecodeAtEverySplit(input, WebSocketRole::kServer),
            absl::StrCat("text[]", ping, "text[x]", ping, "text[xxxxx]", ping, "text[125*x]", ping, "text[300*x]", ping,
                         "text[66000*x]", ping, "close[1000 bye]."));
  EXPECT_EQ(DecodeAtEverySplit(Text("a"), WebSocketRole::kServer), "1002 bad WebSocket frame: an unmasked frame");
}

TEST(FrameEncoderTest, TheMaskIsOnTheWire) {
  Dice dice;
  const Slice frame = EncodeFrame(FrameOpcode::kText, true, "Hello", &dice);
  EXPECT_EQ(frame.view(), Bytes({0x81, 0x85, 0x89, 0x77, 0x66, 0x55, 'H' ^ 0x89, 'e' ^ 0x77, 'l' ^ 0x66, 'l' ^ 0x55,
                                 'o' ^ 0x89}));
}

TEST(FrameEncoderTest, ALongReasonIsCutBetweenCharacters) {
  std::string reason(122, 'x');
  absl::StrAppend(&reason, "€uro");
  EXPECT_EQ(DecodeAtEverySplit(Close(1000, reason)), absl::StrCat("close[1000 ", std::string(122, 'x'), "]."));
  EXPECT_EQ(Close(1005, "x"), Bytes({0x88, 0}));
}

}  // namespace
}  // namespace client
