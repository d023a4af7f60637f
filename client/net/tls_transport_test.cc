#include "client/net/tls_transport.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "client/testing/tls_fixture.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::TransportPair;

using TlsTransportTest = testing::TlsFixture;

std::string Pattern(size_t size) {
  std::string bytes(size, 0);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

TEST_F(TlsTransportTest, BytesGoBothWays) {
  Shake();
  server.answers = true;
  client.Write("hello");
  loop.RunReady();
  EXPECT_EQ(server.received, "hello");
  EXPECT_EQ(client.received, "hello");
  EXPECT_EQ(client.tls().DebugString(), "TLSv1.3, TLS_AES_256_GCM_SHA384, http/1.1");
  EXPECT_EQ(server.tls().DebugString(), "TLSv1.3, TLS_AES_256_GCM_SHA384, http/1.1");
}

TEST_F(TlsTransportTest, HoldsAtEverySplitOfEitherStream) {
  uint64_t sent[2] = {1, 1};
  for (int end = 0; end < 2; ++end) {
    for (uint64_t split = 0; split < sent[end]; ++split) {
      Again();
      Connect();
      pair->SplitAt(end, split);
      server.answers = true;
      client.greeting = "hello";
      Start();
      loop.RunReady();
      ASSERT_EQ(client.received, "hello") << "end " << end << ", split " << split;
      client.transport->WriteEof();
      loop.RunReady();
      server.transport->Close();
      loop.RunReady();
      ASSERT_EQ(client.log, "secured eof ") << "end " << end << ", split " << split;
      ASSERT_EQ(server.log, "secured eof lost() ") << "end " << end << ", split " << split;
      sent[end] = pair->delivered(end);
    }
    EXPECT_GT(sent[end], 200u);
  }
}

TEST_F(TlsTransportTest, HoldsByteByByte) {
  TransportPair::Options options;
  options.socket.max_read = 1;
  Connect(options);
  server.answers = true;
  client.greeting = Pattern(40000);
  Start();
  loop.RunReady();
  EXPECT_EQ(client.received, client.greeting);
}

TEST_F(TlsTransportTest, WhatComesWithTheHandshakeIsDelivered) {
  Connect();
  server.greeting = "the server speaks first";
  client.greeting = "and so does the client";
  Start();
  loop.RunReady();
  EXPECT_EQ(client.received, server.greeting);
  EXPECT_EQ(server.received, client.greeting);
}

TEST_F(TlsTransportTest, AnEndWithoutCloseNotifyIsALoss) {
  Shake();
  server.Write("cut");
  server.tls().below().WriteEof();
  loop.RunReady();
  EXPECT_EQ(client.received, "cut");
  EXPECT_EQ(client.log, "secured lost(the connection was closed without close_notify: it may have been cut) ");
}

TEST_F(TlsTransportTest, AnEndWithCloseNotifyIsNone) {
  Shake();
  server.Write("whole");
  server.transport->WriteEof();
  loop.RunReady();
  EXPECT_EQ(client.received, "whole");
  EXPECT_EQ(client.log, "secured eof ");
  client.Write("still here");
  loop.RunReady();
  EXPECT_EQ(server.received, "still here");
  client.transport->Close();
  loop.RunReady();
  EXPECT_EQ(client.log, "secured eof lost() ");
  EXPECT_EQ(server.log, "secured eof ");
}

TEST_F(TlsTransportTest, ACutAtAnyByteOfTheResponseIsNoEnd) {
  Repeat();
  Shake();
  const uint64_t before = pair->sent(1);
  server.Write("response");
  server.transport->WriteEof();
  const uint64_t after = pair->sent(1);
  loop.RunReady();
  for (uint64_t cut = before; cut < after; ++cut) {
    Again();
    Repeat();
    Connect();
    pair->CutAt(1, cut);
    Start();
    loop.RunReady();
    ASSERT_EQ(pair->sent(1), before);
    server.Write("response");
    server.transport->WriteEof();
    loop.RunReady();
    ASSERT_TRUE(absl::StartsWith(client.log, "secured lost(")) << client.log << " at " << cut;
    ASSERT_TRUE(client.received.empty() || client.received == "response") << cut;
  }
}

TEST_F(TlsTransportTest, AFlippedBitIsNeverDelivered) {
  Repeat();
  Shake();
  const uint64_t before = pair->sent(1);
  server.Write("response");
  const uint64_t after = pair->sent(1);
  for (uint64_t flip = before; flip < after; ++flip) {
    Again();
    Repeat();
    Connect();
    pair->FlipAt(1, flip);
    Start();
    loop.RunReady();
    server.Write("response");
    server.transport->WriteEof();
    loop.RunReady();
    ASSERT_EQ(client.received, "") << flip;
    ASSERT_TRUE(absl::StartsWith(client.log, "secured lost(")) << client.log << " at " << flip;
  }
}

TEST_F(TlsTransportTest, AGoodbyeIsCloseNotifyAndDestroyingIsNone) {
  for (const bool goodbye : {true, false}) {
    Again();
    Shake();
    client.Write("all of it");
    if (goodbye) client.transport->SayGoodbye();
    client.transport.reset();
    loop.RunReady();
    EXPECT_EQ(server.received, "all of it");
    const std::string cut = "lost(the connection was closed without close_notify: it may have been cut) ";
    EXPECT_EQ(server.log, "secured " + (goodbye ? "eof " : cut));
  }
}

TEST_F(TlsTransportTest, AGoodbyeIsNotSaidBehindWhatWaits) {
  Shake();
  server.transport->PauseReading();
  for (int i = 0; i < 20; ++i) client.Write(Pattern(16 << 10));
  loop.RunReady();
  const size_t waiting = client.transport->unsent_bytes();
  ASSERT_GT(waiting, 0u);
  client.transport->SayGoodbye();
  EXPECT_EQ(client.transport->unsent_bytes(), waiting);
}

TEST_F(TlsTransportTest, APausedReaderIsToldNothing) {
  Shake();
  client.pause_at_once = true;
  server.Write("one");
  loop.RunReady();
  EXPECT_EQ(client.received, "one");
  EXPECT_TRUE(pair->paused(0));
  server.Write("two");
  server.transport->WriteEof();
  loop.RunReady();
  EXPECT_EQ(client.received, "one");
  EXPECT_EQ(client.log, "secured ");
  client.transport->ResumeReading();
  loop.RunReady();
  EXPECT_EQ(client.received, "onetwo");
  EXPECT_EQ(client.log, "secured ");
  client.pause_at_once = false;
  client.transport->ResumeReading();
  loop.RunReady();
  EXPECT_EQ(client.log, "secured eof ");
}

TEST_F(TlsTransportTest, AFailingWriteMakesTheLossKnownWhilePaused) {
  Shake();
  client.transport->PauseReading();
  pair->Reset(0);
  loop.RunReady();
  EXPECT_EQ(client.log, "secured ");
  client.Write("x");
  loop.RunReady();
  EXPECT_EQ(client.log, "secured lost(connection reset by peer) ");
}

TEST_F(TlsTransportTest, HugeBodiesNeedNoMoreRoomThanTheMarks) {
  TransportPair::Options options;
  options.window = 32 << 10;
  Connect(options);
  Start();
  loop.RunReady();
  client.keep = false;
  const std::string piece = Pattern(48 << 10);
  constexpr uint64_t kAll = uint64_t{64} << 20;
  uint64_t written = 0;
  size_t most = 0;
  while (client.count < kAll) {
    while (!server.writing_paused && written < kAll) {
      server.Write(piece);
      written += piece.size();
    }
    most = std::max(most, pair->waiting());
    const uint64_t before = client.count;
    loop.RunReady();
    ASSERT_GT(client.count, before);
  }
  EXPECT_EQ(client.count, written);
  EXPECT_LE(most, (size_t{64} << 10) + piece.size() + options.window + 1024);
  EXPECT_LE(client.largest, (size_t{64} << 10) + TlsTransport::kRecordMax);
}

TEST_F(TlsTransportTest, APausedReaderStopsTheWriter) {
  Shake();
  client.transport->PauseReading();
  const std::string piece = Pattern(16 << 10);
  for (int i = 0; i < 100 && !server.writing_paused; ++i) server.Write(piece);
  loop.RunReady();
  EXPECT_TRUE(server.writing_paused);
  EXPECT_TRUE(server.transport->writing_paused());
  EXPECT_GT(server.transport->unsent_bytes(), size_t{64} << 10);
  client.transport->ResumeReading();
  loop.RunReady();
  EXPECT_FALSE(server.writing_paused);
  EXPECT_EQ(server.transport->unsent_bytes(), 0u);
}

TEST_F(TlsTransportTest, MayBeDestroyedInEachCallback) {
  for (const absl::string_view what : {"data", "eof", "loss"}) {
    Again();
    Shake();
    client.destroy_in_callback = true;
    if (what == "data") server.Write("x");
    if (what == "eof") server.transport->WriteEof();
    if (what == "loss") server.tls().below().WriteEof();
    loop.RunReady();
    EXPECT_EQ(client.transport, nullptr) << what;
  }
}

TEST_F(TlsTransportTest, AHandshakeThatIsGivenUpAtAnyStepClosesTheConnection) {
  for (size_t steps = 0;; ++steps) {
    Again();
    Connect();
    Start();
    for (size_t i = 0; i < steps && client.operation != nullptr; ++i) loop.Step();
    if (client.operation == nullptr) break;
    client.operation.reset();
    loop.RunReady();
    EXPECT_EQ(client.log, "");
    if (server.transport == nullptr) {
      EXPECT_TRUE(absl::StartsWith(server.log, "tls: the TLS handshake failed: ")) << server.log;
    }
    ASSERT_LT(steps, 100u);
  }
}

TEST_F(TlsTransportTest, SessionsAreResumed) {
  Shake();
  client.Write("x");
  loop.RunReady();
  EXPECT_FALSE(client.tls().resumed());
  EXPECT_EQ(client_context->sessions(), 2u);  // tickets
  for (int i = 0; i < 5; ++i) {
    Again();
    Shake();
    EXPECT_TRUE(client.tls().resumed());
    EXPECT_TRUE(server.tls().resumed());
    EXPECT_GE(client_context->sessions(), 2u);
  }
  Again();
  peer.port = 444;
  Shake();
  EXPECT_FALSE(client.tls().resumed());
}

TEST_F(TlsTransportTest, WithEntropyTheSameBytesAreSent) {
  uint64_t sent[2][2];
  for (auto& run : sent) {
    Again();
    Repeat();
    Shake();
    client.Write("x");
    loop.RunReady();
    run[0] = pair->sent(0);
    run[1] = dice.Next();  // the same number was drawn before
  }
  EXPECT_EQ(sent[0][0], sent[1][0]);
  EXPECT_EQ(sent[0][1], sent[1][1]);
}

// Handshakes that fail.

// Whoever speaks something else.
class Plain final : public Protocol {
 public:
  void DataReceived(Slice bytes) override {}
  void EofReceived() override {}
  void ConnectionLost(Result<void> error) override {}
  void PauseWriting() override {}
  void ResumeWriting() override {}
};

TEST_F(TlsTransportTest, WhoDoesNotSpeakTlsIsRefused) {
  Connect();
  Plain plain;
  std::unique_ptr<Transport> other = pair->Take(1);
  other->SetProtocol(&plain);
  client.Start(loop, client_context, peer, pair->Take(0));
  other->Write(Slice::Static("HTTP/1.1 400 Bad Request\r\n\r\n"));
  loop.RunReady();
  EXPECT_EQ(client.log, "tls: the TLS handshake failed: what the peer says is not TLS (host a.test)");
}

TEST_F(TlsTransportTest, AnEndInTheHandshakeFailsIt) {
  Connect();
  Plain plain;
  std::unique_ptr<Transport> other = pair->Take(1);
  other->SetProtocol(&plain);
  client.Start(loop, client_context, peer, pair->Take(0));
  loop.RunReady();
  other->Close();
  loop.RunReady();
  EXPECT_EQ(client.log, "tls: the TLS handshake failed: the peer closed the connection (host a.test)");
}

TEST_F(TlsTransportTest, AResetInTheHandshakeFailsIt) {
  Connect();
  std::unique_ptr<Transport> other = pair->Take(1);
  client.Start(loop, client_context, peer, pair->Take(0));
  pair->Reset(0);
  loop.RunReady();
  EXPECT_EQ(client.log, "tls: the TLS handshake failed: connection reset by peer (host a.test)");
}

}  // namespace
}  // namespace client
