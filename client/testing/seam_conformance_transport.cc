#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/testing/seam_conformance.h"

namespace client::testing {

void SeamTransportTest::Connect() {
  const Address address =
      world->Listen(server_options, [this](auto transport) { server.Use(std::move(transport)); });
  TestOperation connect;
  connect.operation = world->network().Connect(address, client_options, MakeName(loop(), Name(), "connection", 1),
                                               connect);
  ASSERT_TRUE(RunUntil([&] { return connect.transport != nullptr && server.transport != nullptr; })) << connect.error;
  world->StopListening();
  client.Use(std::move(connect.transport));
  if (world->tls()) world->Settle();  // tickets, which would else lie unread: who closes then resets
}

void SeamTransportTest::WriteMany(Transport& transport, size_t size) {
  const Slice part = Bytes(50'000);
  for (size_t sent = 0; sent < size; sent += part.size()) {
    transport.Write(part.Sub(0, std::min(part.size(), size - sent)));
  }
}

size_t SeamTransportTest::Fill(TestEnd& end) {
  const Slice part = Bytes(50'000);
  size_t size = 0;
  for (; end.transport != nullptr && !end->writing_paused(); size += part.size()) end->Write(part);
  return size;
}

void SeamTransportTest::Renew() {
  for (TestEnd* end : {&client, &server}) {
    EXPECT_EQ(end->faults, "");
    end->transport.reset();
    *end = TestEnd();
    end->log_bytes = false;
  }
}

void SeamTransportTest::ResetByServer() {
  server->PauseReading();
  client->Write(Slice::Static("never read"));
  world->Settle();
  server.transport.reset();
  world->Settle();
}

namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SeamTransportTest);

// --- bytes and the end of them ---

TEST_P(SeamTransportTest, BytesThenFinInOrder) {
  Connect();
  client->Write(Slice::Static("hello "));
  client->Write(Slice());
  client->Write(Slice::Static("world"));
  client->WriteEof();
  EXPECT_EQ(server.log, "");  // nothing is called from inside
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof"); }));
  EXPECT_EQ(server.received, "hello world");
  EXPECT_EQ(server.kinds, "data eof ");
  world->Settle();
  EXPECT_EQ(server.kinds, "data eof ");
  EXPECT_EQ(client.log, "");
}

TEST_P(SeamTransportTest, CallbacksAreStepsOnTheConnectionsSource) {
  Connect({.write_high = 1000, .write_low = 100});
  int seen = 0;
  for (TestEnd* end : {&client, &server}) {
    end->on = [this, end, &seen](absl::string_view what) {
      if (what == "pause") return;  // also from inside Write()
      ++seen;
      ASSERT_NE(loop().current(), nullptr) << what;
      EXPECT_TRUE(IsSourceOf(loop().current()->name(), *end->transport)) << what;
    };
  }
  Fill(client);
  client->WriteEof();
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof"); }));
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return server.lost && client.Saw("eof"); }));
  EXPECT_GE(seen, 5);
}

TEST_P(SeamTransportTest, ASliceHasAtMostMaxReadBytesAndStaysAsItIs) {
  Connect({.max_read = 700});
  std::vector<Slice> held;
  server.on_data = [&](const Slice& bytes) { held.push_back(bytes); };
  std::string sent;
  for (int i = 0; sent.size() < 300'000; ++i) absl::StrAppend(&sent, i, ",");
  client->Write(Slice::Copy(sent));
  ASSERT_TRUE(RunUntil([&] { return server.received.size() == sent.size(); }));
  std::string kept;
  for (const Slice& slice : held) {
    EXPECT_GT(slice.size(), 0u);
    EXPECT_LE(slice.size(), world->tls() ? 700u + (16 << 10) : 700u);
    absl::StrAppend(&kept, slice.view());
  }
  EXPECT_TRUE(kept == sent);
}

TEST_P(SeamTransportTest, BytesThatComeBeforeAProtocolAreKept) {
  Connect();
  server->SetProtocol(nullptr);
  client->Write(Slice::Static("early"));
  client->WriteEof();
  world->Settle();
  EXPECT_EQ(server.log, "");
  TestEnd next;
  server->SetProtocol(&next);
  EXPECT_EQ(next.log, "");
  ASSERT_TRUE(RunUntil([&] { return next.Saw("eof"); }));
  EXPECT_EQ(next.kinds, "data eof ");
  EXPECT_EQ(next.received, "early");
}

TEST_P(SeamTransportTest, AProtocolMayGiveWayToAnotherInACallback) {
  Connect();
  TestEnd next;
  server.on = [&](absl::string_view) {
    if (server.received == "one") server->SetProtocol(&next);
  };
  client->Write(Slice::Static("one"));
  ASSERT_TRUE(RunUntil([&] { return server.received == "one"; }));
  client->Write(Slice::Static("two"));
  client->WriteEof();
  ASSERT_TRUE(RunUntil([&] { return next.Saw("eof"); }));
  EXPECT_EQ(next.received, "two");
  EXPECT_EQ(server.received, "one");
  EXPECT_FALSE(server.Saw("eof"));
}

TEST_P(SeamTransportTest, HalfCloseWorksBothWays) {
  Connect();
  client->WriteEof();
  client->WriteEof();
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof"); }));
  WriteMany(*server.transport, 500'000);
  server->WriteEof();
  ASSERT_TRUE(RunUntil([&] { return client.Saw("eof"); }));
  EXPECT_EQ(client.received.size(), 500'000u);
  world->Settle();
  EXPECT_EQ(client.kinds, "data eof ");  // no loss before somebody closes
  EXPECT_FALSE(client->closing());
  client->Close();
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return client.lost && server.lost; }));
  EXPECT_TRUE(client.loss.ok());
  EXPECT_TRUE(server.loss.ok());
}

TEST_P(SeamTransportTest, FinComesBehindAllThatWasWritten) {
  Connect();
  WriteMany(*client.transport, 3'000'000);
  client->WriteEof();
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof"); }));
  EXPECT_EQ(server.received.size(), 3'000'000u);
  EXPECT_EQ(server.kinds, "data eof ");
}

TEST_P(SeamTransportTest, AllThatWasWrittenArrivesAsItWasThoughBothEndsPauseAndResume) {
  Connect({.max_read = 9000, .write_high = 20'000, .write_low = 5000});
  std::string sent;
  while (sent.size() < 1'500'000) absl::StrAppend(&sent, sent.size(), ";");
  struct Sender {
    Sender(EventLoop& loop, TestEnd& end, uint32_t number)
        : end(end),
          source(loop, MakeName(loop, Name(), "resume", number)),
          resume([](void* self) { static_cast<Sender*>(self)->end->ResumeReading(); }, this) {}
    TestEnd& end;
    size_t offset = 0;
    Source source;
    Runnable resume;
  } one(loop(), client, 1), two(loop(), server, 2);
  const auto go_on = [&](Sender& sender) {
    while (sender.offset < sent.size() && !sender.end->writing_paused()) {
      const size_t size = std::min(sent.size() - sender.offset, 1 + sender.offset % 7001);
      sender.end->Write(Slice::Copy(absl::string_view(sent).substr(sender.offset, size)));
      sender.offset += size;
      if (sender.offset == sent.size()) sender.end->WriteEof();
    }
  };
  int chunks = 0;
  for (Sender* sender : {&one, &two}) {
    sender->end.on = [&, sender](absl::string_view what) {
      if (what == "resume") go_on(*sender);
      if (what != "data" || ++chunks % 3 != 0) return;
      sender->end->PauseReading();
      if (!sender->resume.posted()) loop().Post(sender->source, sender->resume);
    };
    go_on(*sender);
  }
  ASSERT_TRUE(RunUntil([&] { return client.Saw("eof") && server.Saw("eof"); }));
  EXPECT_TRUE(client.received == sent);
  EXPECT_TRUE(server.received == sent);
}

// --- pausing ---

TEST_P(SeamTransportTest, NothingIsDeliveredWhilePaused) {
  Connect();
  server->PauseReading();
  server->PauseReading();
  EXPECT_TRUE(server->reading_paused());
  client->Write(Slice::Static("wait"));
  world->Settle();
  EXPECT_EQ(server.log, "");
  server->ResumeReading();
  server->ResumeReading();
  EXPECT_FALSE(server->reading_paused());
  EXPECT_EQ(server.log, "");
  ASSERT_TRUE(RunUntil([&] { return server.received == "wait"; }));
}

TEST_P(SeamTransportTest, APauseInACallbackHoldsAtOnce) {
  Connect({.max_read = 100});
  int chunks = 0;
  server.on = [&](absl::string_view) {
    ++chunks;
    server->PauseReading();
  };
  client->Write(Bytes(1000));
  client->WriteEof();
  for (int expected = 1; server.received.size() < 1000; ++expected) {
    world->Settle();
    ASSERT_EQ(chunks, expected);
    server->ResumeReading();
  }
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof"); }));
}

TEST_P(SeamTransportTest, APauseHoldsBackWhatIsDueAlready) {
  Connect();
  for (int steps = 0; steps < 5; ++steps) {
    server->ResumeReading();
    client->Write(Slice::Static("x"));
    int asked = 0;
    RunUntil([&] { return ++asked > steps; });
    server->PauseReading();
    const std::string before = server.log;
    world->Settle();
    EXPECT_EQ(server.log, before) << steps;
  }
  server->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return server.received == "xxxxx"; }));
}

TEST_P(SeamTransportTest, ABriefPauseLosesNothing) {
  Connect();
  client->Write(Slice::Static("a"));
  ASSERT_TRUE(RunUntil([&] { return server.received == "a"; }));
  server->PauseReading();
  server->ResumeReading();
  client->Write(Slice::Static("b"));
  server->PauseReading();
  server->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return server.received == "ab"; }));
}

TEST_P(SeamTransportTest, FinIsNotReportedWhilePaused) {
  Connect();
  client->PauseReading();
  server->Write(Slice::Static("bye"));
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return server.lost; }));
  server.transport.reset();
  world->Settle();
  EXPECT_EQ(client.log, "");
  EXPECT_FALSE(client->closing());
  client->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return client.Saw("eof"); }));
  EXPECT_EQ(client.kinds, "data eof ");
  EXPECT_EQ(client.received, "bye");
}

TEST_P(SeamTransportTest, APauseBetweenTheLastBytesAndFinHoldsTheFinBack) {
  Connect();
  client.on = [&](absl::string_view) {
    if (client.received == "bye") client->PauseReading();
  };
  server->Write(Slice::Static("bye"));
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return client.received == "bye"; }));
  world->Settle();
  EXPECT_FALSE(client.Saw("eof"));
  client->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return client.Saw("eof"); }));
}

}  // namespace
}  // namespace client::testing
