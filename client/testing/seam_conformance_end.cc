#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/testing/seam_conformance.h"

namespace client::testing {
namespace {

constexpr char kReset[] = "connection reset by peer";

// --- resets ---

TEST_P(SeamTransportTest, AResetIsNotReportedWhilePaused) {
  Connect();
  client->PauseReading();
  ResetByServer();
  EXPECT_EQ(client.log, "");
  EXPECT_FALSE(client->closing());
  client->ResumeReading();
  EXPECT_EQ(client.log, "");
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  EXPECT_TRUE(client->closing());
  ASSERT_FALSE(client.loss.ok());
  EXPECT_EQ(client.loss.error().kind(), ErrorKind::kDisconnected);
  EXPECT_EQ(client.loss.error().message(), kReset);
  EXPECT_EQ(client.loss.error().connection(), client->name());
}

TEST_P(SeamTransportTest, AResetIsNoEndOfTheStream) {
  Connect();
  client->PauseReading();
  server->Write(Slice::Static("half of it"));
  ResetByServer();
  client->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return client.lost || client.Saw("eof"); }));
  world->Settle();
  // Kernels differ in whether what lay unread is lost.
  EXPECT_TRUE(client.kinds == absl::StrCat("lost(", kReset, ") ") ||
              client.kinds == absl::StrCat("data lost(", kReset, ") ")) << client.kinds;
}

TEST_P(SeamTransportTest, ClosingWithUnreadBytesResets) {
  Connect();
  server->PauseReading();
  client->Write(Slice::Static("never read"));
  world->Settle();
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return server.lost && client.lost; }));
  EXPECT_EQ(server.kinds, "lost(ok) ");
  const std::string lost = absl::StrCat("lost(", kReset, ") ");
  EXPECT_TRUE(client.kinds == lost || (world->tls() && client.kinds == "eof " + lost)) << client.kinds;
}

TEST_P(SeamTransportTest, DestroyingWithUnreadBytesResets) {
  Connect();
  ResetByServer();
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  EXPECT_EQ(client.kinds, absl::StrCat("lost(", kReset, ") "));
}

TEST_P(SeamTransportTest, AWriteMakesAResetKnownThoughReadingIsPaused) {
  Connect();
  client->PauseReading();
  ResetByServer();
  client->Write(Slice::Static("more"));
  EXPECT_EQ(client.log, "");
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  EXPECT_EQ(client.kinds, absl::StrCat("lost(", kReset, ") "));
  EXPECT_EQ(client->unsent_bytes(), 0u);
}

TEST_P(SeamTransportTest, AWriteThatWaitsMakesAResetKnownThoughReadingIsPaused) {
  Connect();
  client->PauseReading();
  server->PauseReading();
  WriteMany(*client.transport, world->more_than_fits());
  world->Settle();
  ASSERT_GT(client->unsent_bytes(), 0u);
  server.transport.reset();
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  EXPECT_TRUE(absl::EndsWith(client.kinds, absl::StrCat("lost(", kReset, ") "))) << client.kinds;
  EXPECT_EQ(client->unsent_bytes(), 0u);
}

TEST_P(SeamTransportTest, BytesForAClosedEndAreAnsweredByAResetAlsoBehindItsFin) {
  Connect();
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return server.lost && client.Saw("eof"); }));
  EXPECT_FALSE(client->closing());
  client->Write(Slice::Static("too late"));
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  EXPECT_EQ(client.kinds, absl::StrCat("eof lost(", kReset, ") "));
}

TEST_P(SeamTransportTest, AResetBehindTheFinIsNotReportedWhilePaused) {
  if (!world->resets()) GTEST_SKIP() << "here the write makes it known";
  Connect();
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return server.lost && client.Saw("eof"); }));
  client->PauseReading();
  client->Write(Slice::Static("too late"));
  world->Settle();
  EXPECT_EQ(client.kinds, "eof ");
  client->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
}

// --- closing ---

TEST_P(SeamTransportTest, DestroyingSendsFinBehindWhatWasSent) {
  Connect();
  client->Write(Slice::Static("last words"));
  client.transport.reset();
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof") || server.lost; }));
  EXPECT_EQ(server.received, "last words");
  EXPECT_EQ(server.lost, world->tls());
}

TEST_P(SeamTransportTest, DestroyingLosesWhatWaitsToBeSent) {
  Connect();
  server->PauseReading();
  WriteMany(*client.transport, world->more_than_fits());
  world->Settle();
  ASSERT_GT(client->unsent_bytes(), 0u);
  client.transport.reset();
  server->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof") || server.lost; }));
  EXPECT_LT(server.received.size(), world->more_than_fits());
}

TEST_P(SeamTransportTest, CloseSendsEverythingFirst) {
  Connect();
  server->PauseReading();
  WriteMany(*client.transport, world->more_than_fits());
  client->Close();
  EXPECT_TRUE(client->closing());
  world->Settle();
  EXPECT_FALSE(client.lost);
  EXPECT_GT(client->unsent_bytes(), 0u);
  server->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return client.lost && server.Saw("eof"); }));
  EXPECT_TRUE(client.loss.ok());
  EXPECT_EQ(server.received.size(), world->more_than_fits());
}

TEST_P(SeamTransportTest, CloseEndsWithOneLossAndNothingIsReceivedAfterIt) {
  Connect();
  server->Write(Slice::Static("unread"));
  client->Close();
  client->Close();
  EXPECT_TRUE(client->closing());
  EXPECT_EQ(client.log, "");
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  server->Write(Slice::Static("more"));
  world->Settle();
  EXPECT_EQ(client.kinds, "lost(ok) ");
}

TEST_P(SeamTransportTest, CloseWorksWhileReadingIsPaused) {
  Connect();
  client->PauseReading();
  client->Close();
  ASSERT_TRUE(RunUntil([&] { return client.lost && server.Saw("eof"); }));
  EXPECT_EQ(client.kinds, "lost(ok) ");
}

TEST_P(SeamTransportTest, CloseAfterThePeersFinIsNoError) {
  Connect();
  server->Close();
  ASSERT_TRUE(RunUntil([&] { return client.Saw("eof"); }));
  client->Close();
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  EXPECT_EQ(client.kinds, "eof lost(ok) ");
}

TEST_P(SeamTransportTest, WritesAfterTheEndAreIgnored) {
  Connect();
  client->WriteEof();
  client->Write(Slice::Static("no"));
  ASSERT_TRUE(RunUntil([&] { return server.Saw("eof"); }));
  client->Close();
  client->Write(Slice::Static("no"));
  client->WriteEof();
  ASSERT_TRUE(RunUntil([&] { return client.lost; }));
  client->Write(Slice::Static("no"));
  client->WriteEof();
  client->Close();
  client->PauseReading();
  client->ResumeReading();
  world->Settle();
  EXPECT_EQ(client->unsent_bytes(), 0u);
  EXPECT_EQ(server.kinds, "eof ");
  EXPECT_EQ(client.kinds, "lost(ok) ");
}

// --- back-pressure ---

TEST_P(SeamTransportTest, AWriterWhoIsNotReadIsPausedAndGoesOn) {
  Connect({.write_high = 100'000, .write_low = 30'000});
  client.on = [&](absl::string_view what) {
    if (what == "pause") {
      EXPECT_GT(client->unsent_bytes(), 100'000u);
    } else {
      EXPECT_LE(client->unsent_bytes(), 30'000u) << what;
    }
  };
  server->PauseReading();
  WriteMany(*client.transport, world->more_than_fits());
  EXPECT_EQ(client.log, "pause ");  // from inside Write(), and once
  EXPECT_TRUE(client->writing_paused());
  world->Settle();
  EXPECT_EQ(client.log, "pause ");
  EXPECT_TRUE(client->writing_paused());
  server->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return server.received.size() == world->more_than_fits(); }));
  ASSERT_TRUE(RunUntil([&] { return !client->writing_paused(); }));
  EXPECT_EQ(client.log, "pause resume ");
  EXPECT_EQ(client->unsent_bytes(), 0u);
}

TEST_P(SeamTransportTest, PauseWritingWaitsUntilTheRunningCallbackReturns) {
  Connect({.write_high = 1000, .write_low = 0});
  bool inside = false;
  server.on = [&](absl::string_view what) {
    EXPECT_FALSE(inside) << what;
    inside = true;
    if (what == "data") {
      Fill(server);
      EXPECT_FALSE(server.Saw("pause"));
    }
    inside = false;
  };
  client->PauseReading();
  client->Write(Slice::Static("x"));
  ASSERT_TRUE(RunUntil([&] { return server.Saw("data"); }));
  EXPECT_TRUE(absl::StartsWith(server.kinds, "data pause ")) << server.kinds;
  client->ResumeReading();
  ASSERT_TRUE(RunUntil([&] { return server.Saw("resume"); }));
}

// The callback is inside Write(), which may have more of its own to send.
TEST_P(SeamTransportTest, WhatPauseWritingWritesComesBehindWhatWasBeingWritten) {
  for (const bool closes : {false, true}) {
    Renew();
    Connect({.write_high = 1000, .write_low = 10});
    client.on = [&](absl::string_view what) {
      if (what != "pause") return;
      client->Write(Slice::Static("the end"));
      closes ? client->Close() : client->WriteEof();
    };
    const size_t size = Fill(client);
    ASSERT_TRUE(RunUntil([&] { return server.Saw("eof") || server.lost; }));
    EXPECT_FALSE(server.lost) << server.kinds;
    EXPECT_EQ(server.received.size(), size + 7);
    EXPECT_TRUE(absl::EndsWith(server.received, "xthe end"));
    EXPECT_TRUE(!closes || RunUntil([&] { return client.lost; }));
  }
}

TEST_P(SeamTransportTest, BothEndsMayWriteMoreThanFitsBeforeTheyRead) {
  Connect();
  for (TestEnd* end : {&client, &server}) {
    WriteMany(*end->transport, world->more_than_fits());
    (*end)->WriteEof();
  }
  ASSERT_TRUE(RunUntil([&] { return client.Saw("eof") && server.Saw("eof"); }));
  EXPECT_EQ(client.received.size(), world->more_than_fits());
  EXPECT_EQ(server.received.size(), world->more_than_fits());
}

// --- the end in every callback ---

TEST_P(SeamTransportTest, ItMayBeDestroyedInEveryCallback) {
  for (const absl::string_view where : {"data", "pause", "resume", "eof", "lost"}) {
    SCOPED_TRACE(where);
    Renew();
    Connect({.write_high = 1000, .write_low = 10});
    client.on = [&](absl::string_view what) {
      if (what == where) client.transport.reset();
    };
    const size_t size = Fill(client);
    ASSERT_EQ(client.transport == nullptr, where == "pause");
    server->Write(Slice::Static("data"));
    ASSERT_TRUE(RunUntil([&] { return client.transport == nullptr || client.Saw("data"); }));
    ASSERT_TRUE(RunUntil([&] { return client.transport == nullptr || client.Saw("resume"); }));
    ASSERT_TRUE(RunUntil([&] { return client.transport == nullptr || server.received.size() == size; }));
    server->Close();
    ASSERT_TRUE(RunUntil([&] { return client.transport == nullptr || client.Saw("eof"); }));
    if (client.transport != nullptr) client->Close();
    ASSERT_TRUE(RunUntil([&] { return client.transport == nullptr || client.lost; }));
    EXPECT_EQ(client.transport, nullptr);
    const std::string before = client.log;
    world->Settle();
    EXPECT_EQ(client.log, before);
  }
}

TEST_P(SeamTransportTest, ItMayBeClosedInEveryCallback) {
  for (const absl::string_view where : {"data", "pause", "resume", "eof"}) {
    SCOPED_TRACE(where);
    Renew();
    Connect({.write_high = 1000, .write_low = 10});
    client.on = [&](absl::string_view what) {
      if (what == where) client->Close();
    };
    const size_t size = Fill(client);
    server->Write(Slice::Static("data"));
    ASSERT_TRUE(RunUntil([&] { return client->closing() || client.Saw("data"); }));
    ASSERT_TRUE(RunUntil([&] { return client->closing() || client.Saw("resume"); }));
    ASSERT_TRUE(RunUntil([&] { return client->closing() || server.received.size() == size; }));
    server->Close();
    ASSERT_TRUE(RunUntil([&] { return client.lost || client.Saw("eof"); }));
    ASSERT_TRUE(RunUntil([&] { return client.lost; }));
    world->Settle();
    EXPECT_TRUE(absl::EndsWith(client.kinds, "lost(ok) ")) << client.kinds;
  }
}

TEST_P(SeamTransportTest, NothingComesOfWhatWasDueWhenItWasDestroyed) {
  Connect();
  // Each end's callback destroys the other, which as a rule has one due.
  client.on = [&](absl::string_view) { server.transport.reset(); };
  server.on = [&](absl::string_view) { client.transport.reset(); };
  client->Write(Slice::Static("a"));
  server->Write(Slice::Static("b"));
  ASSERT_TRUE(RunUntil([&] { return client.transport == nullptr || server.transport == nullptr; }));
  // What the one that was destroyed had been sent, it had not read.
  TestEnd& left = client.transport != nullptr ? client : server;
  ASSERT_TRUE(RunUntil([&] { return left.lost || (left.Saw("eof") && !world->resets()); }));
  EXPECT_TRUE(absl::StartsWith(left.kinds, "data ")) << left.kinds;
  EXPECT_FALSE(left.lost && left.loss.ok());
  EXPECT_EQ((&left == &client ? server : client).log, "");
}

}  // namespace
}  // namespace client::testing
