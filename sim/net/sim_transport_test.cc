#include "sim/net/sim_transport.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "sim/net/net_testing.h"

namespace sim {
namespace {

using client::Slice;

Slice Bytes(size_t size) { return Slice::Copy(std::string(size, 'x')); }

TEST(SimTransportTest, BytesAndFinArriveInOrder) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->Write(Slice::Static("hello "));
  client->Write(Slice::Static("world"));
  client->WriteEof();
  net.RunAll();
  EXPECT_EQ(server.log, "data(hello world) eof ");
  EXPECT_EQ(client.log, "");
}

TEST(SimTransportTest, NothingIsCalledFromInsideWrite) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->Write(Slice::Static("hello"));
  EXPECT_EQ(server.log, "");
}

TEST(SimTransportTest, OneReadDeliversAtMostMaxRead) {
  TestNet net({.options = {.max_read = 4}});
  TestEnd client, server;
  net.Connect(client, server);
  client->Write(Slice::Static("helloworld"));
  net.RunAll();
  EXPECT_EQ(server.log, "data(hell) data(owor) data(ld) ");
}

TEST(SimTransportTest, TheNetworkCapsMaxRead) {
  TestNet net({.config = {.max_read = 8}});
  TestEnd client, server;
  net.Connect(client, server);
  client->Write(Slice::Static("helloworld"));
  net.RunAll();
  EXPECT_EQ(server.log, "data(hellowor) data(ld) ");
}

TEST(SimTransportTest, ASplitSegmentIsSeenAsSplit) {
  TestNet net({.offers = {Label::kLinkSplit}});
  TestEnd client, server;
  net.Connect(client, server);
  net.source.answers[Label::kLinkSplit] = {1, 3};  // 1 byte; all but one of the rest
  client->Write(Slice::Static("hello"));
  net.RunAll();
  EXPECT_EQ(server.log, "data(h) data(ell) data(o) ");
}

TEST(SimTransportTest, ASegmentMayEndWhereAWriteEnds) {
  TestNet net({.offers = {Label::kLinkSplit}, .config = {.link = {.window = 4}}});
  TestEnd client, server;
  net.Connect(client, server);
  server->PauseReading();
  client->Write(Slice::Static("full"));
  client->Write(Slice::Static("a"));
  client->Write(Slice::Static("bc"));
  net.source.answers[Label::kLinkSplit] = {2};
  net.RunAll();
  server->ResumeReading();
  net.RunAll();
  EXPECT_EQ(server.log, "data(full) data(a) data(bc) ");
}

TEST(SimTransportTest, DelayNeverChangesTheOrder) {
  TestNet net({.offers = {Label::kLinkDelay}, .delays_ns = {0, 5, 1000}});
  TestEnd client, server;
  net.Connect(client, server);
  net.source.answers[Label::kLinkDelay] = {2, 0, 1};
  client->Write(Slice::Static("a"));
  client->Write(Slice::Static("b"));
  client->Write(Slice::Static("c"));
  net.RunAll();
  EXPECT_EQ(server.log, "data(abc) ");
  EXPECT_EQ(net.world().elapsed_ns(), 1000);
}

TEST(SimTransportTest, BandwidthAndLatencyTakeTime) {
  TestNet net({.config = {.link = {.max_segment = 1000, .bytes_per_second = 1'000'000, .latency_ns = 50}}});
  TestEnd client, server;
  net.Connect(client, server);
  const int64_t before = net.world().elapsed_ns();
  EXPECT_EQ(before, 100);  // one round trip
  client->Write(Bytes(3000));
  net.RunAll();
  EXPECT_EQ(net.world().elapsed_ns() - before, 3'000'000 + 50);
  EXPECT_EQ(server.received.size(), 3000u);
}

TEST(SimTransportTest, AReaderThatDoesNotReadStopsTheWriter) {
  TestNet net({.config = {.link = {.send_buffer = 100, .window = 200}},
               .options = {.max_read = 1000, .write_high = 50, .write_low = 10}});
  TestEnd client, server;
  net.Connect(client, server);
  server->PauseReading();
  net.RunAll();
  client->Write(Bytes(1000));
  EXPECT_EQ(client.log, "pause ");
  EXPECT_TRUE(client->writing_paused());
  net.RunAll();
  EXPECT_EQ(client->unsent_bytes(), 700u);
  EXPECT_EQ(server.log, "");
  server->ResumeReading();
  net.RunAll();
  EXPECT_EQ(server.received.size(), 1000u);
  EXPECT_EQ(client->unsent_bytes(), 0u);
  EXPECT_EQ(client.log, "pause resume ");
}

TEST(SimTransportTest, PauseWritingWaitsUntilTheRunningCallbackReturns) {
  TestNet net({.config = {.link = {.send_buffer = 10, .window = 10}}, .options = {.write_high = 5, .write_low = 0}});
  TestEnd client, server;
  net.Connect(client, server);
  std::string order;
  server.on = [&](absl::string_view what) {
    absl::StrAppend(&order, what, "[");
    if (what == "data") server->Write(Bytes(100));
    absl::StrAppend(&order, "]");
  };
  client->PauseReading();
  client->Write(Slice::Static("x"));
  net.RunAll();
  EXPECT_EQ(order, "data[]pause[]");
}

TEST(SimTransportTest, APausedTransportHidesFinUntilItIsResumed) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  server->Write(Slice::Static("bye"));
  server->Close();
  net.RunAll();
  EXPECT_EQ(client.log, "");
  EXPECT_EQ(server.log, "lost(ok) ");
  client->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.log, "data(bye) eof ");
}

TEST(SimTransportTest, APausedTransportHidesResetUntilItIsResumed) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  client->Write(Slice::Static("unread"));
  server->PauseReading();
  net.RunAll();
  server.transport.reset();
  net.RunAll();
  EXPECT_EQ(client.log, "");
  EXPECT_FALSE(client->closing());
  client->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
  EXPECT_TRUE(client->closing());
}

TEST(SimTransportTest, AWriteToAResetConnectionSurfacesTheResetThoughPaused) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  client->Write(Slice::Static("unread"));
  server->PauseReading();
  net.RunAll();
  server.transport.reset();
  net.RunAll();
  client->Write(Slice::Static("more"));
  EXPECT_EQ(client.log, "");
  net.RunAll();
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
}

TEST(SimTransportTest, AWriteThatWaitsFailsWhenTheResetArrivesThoughPaused) {
  TestNet net({.config = {.link = {.send_buffer = 4, .window = 4}}});
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  server->PauseReading();
  client->Write(Bytes(100));
  net.RunAll();
  server.transport.reset();
  net.RunAll();
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
}

TEST(SimTransportTest, ClosingWithUnreadDataResets) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  server->PauseReading();
  client->Write(Slice::Static("never read"));
  net.RunAll();
  net.wire.log.clear();
  server->Close();
  net.RunAll();
  EXPECT_EQ(server.log, "lost(ok) ");
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
  EXPECT_EQ(net.wire.log, "reset(server) lost(server) closed lost(client) ");
}

TEST(SimTransportTest, BytesThatReachAClosedEndAreAnsweredByAReset) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  server->Close();
  net.RunAll();
  EXPECT_EQ(client.log, "eof ");
  client->Write(Slice::Static("too late"));
  net.RunAll();
  EXPECT_EQ(client.log, "eof lost(connection reset by peer) ");
}

TEST(SimTransportTest, WhatAClosedEndHasWrittenStillArrives) {
  TestNet net({.config = {.link = {.send_buffer = 100, .window = 10}}});
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  server->Write(Bytes(100));
  server->Close();
  net.RunAll();
  server.transport.reset();
  client->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.received.size(), 100u);
  EXPECT_TRUE(client.log.ends_with("eof ")) << client.log;
}

TEST(SimTransportTest, CloseSendsWhatWaitsInUserSpaceFirst) {
  TestNet net({.config = {.link = {.send_buffer = 4, .window = 4}}});
  TestEnd client, server;
  net.Connect(client, server);
  server.log_bytes = false;
  server->PauseReading();
  client->Write(Bytes(1000));
  client->Close();
  net.RunAll();
  EXPECT_EQ(client.log, "");
  server->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.log, "lost(ok) ");
  EXPECT_EQ(server.received.size(), 1000u);
  EXPECT_TRUE(server.log.ends_with("eof "));
}

TEST(SimTransportTest, DestroyingLosesWhatWaitsInUserSpace) {
  TestNet net({.config = {.link = {.send_buffer = 4, .window = 4}}});
  TestEnd client, server;
  net.Connect(client, server);
  server->PauseReading();
  client->Write(Bytes(1000));
  client.transport.reset();
  server->ResumeReading();
  net.RunAll();
  EXPECT_EQ(server.log, "data(xxxx) data(xxxx) eof ");
}

TEST(SimTransportTest, AbortingResetsWhateverWasWritten) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->Write(Slice::Copy(std::string(1'000'000, 'x')));
  server->PauseReading();
  net.network->Abort(*client.transport);
  EXPECT_EQ(client->unsent_bytes(), 0u);
  server->ResumeReading();
  net.RunAll();
  EXPECT_TRUE(absl::EndsWith(client.log, "lost(ok) ")) << client.log;
  EXPECT_TRUE(absl::EndsWith(server.kinds, "lost(connection reset by peer) ")) << server.kinds;
  net.network->Abort(*client.transport);  // no effect any more
  net.RunAll();
  EXPECT_EQ(client.faults, "");
}

TEST(SimTransportTest, AResetOvertakesWhatIsOnItsWayAndDropsWhatIsUnread) {
  TestNet net({.config = {.link = {.latency_ns = 10}}});
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  server->Write(Slice::Static("arrived "));
  net.RunAll();
  client->Write(Slice::Static("unread"));
  server->PauseReading();
  net.RunAll();
  server->Write(Slice::Static("on its way"));
  server.transport.reset();
  net.RunAll();
  client->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
}

TEST(SimTransportTest, AKernelThatKeepsUnreadBytesDeliversThemBeforeTheReset) {
  TestNet net({.config = {.link = {.reset_discards_unread = false}}});
  TestEnd client, server;
  net.Connect(client, server);
  client->PauseReading();
  server->Write(Slice::Static("arrived"));
  client->Write(Slice::Static("unread"));
  server->PauseReading();
  net.RunAll();
  server.transport.reset();
  net.RunAll();
  client->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.log, "data(arrived) lost(connection reset by peer) ");
}

TEST(SimTransportTest, WritingGoesOnAfterThePeersFin) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->WriteEof();
  net.RunAll();
  server->Write(Slice::Static("answer"));
  server->Close();
  net.RunAll();
  EXPECT_EQ(client.log, "data(answer) eof ");
}

TEST(SimTransportTest, WritesAfterWriteEofAndCloseAreIgnored) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  client->WriteEof();
  client->Write(Slice::Static("no"));
  client->Close();
  client->Write(Slice::Static("no"));
  net.RunAll();
  EXPECT_EQ(server.log, "eof ");
  EXPECT_EQ(client.log, "lost(ok) ");
}

TEST(SimTransportTest, NothingIsReceivedAfterClose) {
  TestNet net({.config = {.link = {.send_buffer = 4, .window = 4}}});
  TestEnd client, server;
  net.Connect(client, server);
  server->PauseReading();
  client->Write(Bytes(100));
  client->Close();
  server->Write(Slice::Static("more"));
  net.RunAll();
  server->ResumeReading();
  net.RunAll();
  EXPECT_EQ(client.log, "lost(ok) ");
  EXPECT_EQ(client.received, "");
}

TEST(SimTransportTest, BytesThatArriveBeforeSetProtocolAreKept) {
  TestNet net;
  TestEnd client, server;
  net.Connect(client, server);
  server->SetProtocol(nullptr);
  client->Write(Slice::Static("early"));
  net.RunAll();
  EXPECT_EQ(server.log, "");
  server->SetProtocol(&server);
  net.RunAll();
  EXPECT_EQ(server.log, "data(early) ");
}

TEST(SimTransportTest, ItMayBeDestroyedInEveryCallback) {
  for (const absl::string_view where : {"data", "eof", "lost", "pause", "resume"}) {
    TestNet net({.config = {.link = {.send_buffer = 10, .window = 10}}, .options = {.write_high = 5, .write_low = 1}});
    TestEnd client, server;
    net.Connect(client, server);
    client.on = [&](absl::string_view what) {
      if (what == where) client.transport.reset();
    };
    client->Write(Bytes(100));
    server->Write(Slice::Static("data"));
    net.RunAll();
    server->Close();
    net.RunAll();
    if (client.transport != nullptr) client->Close();
    net.RunAll();
    EXPECT_EQ(client.transport, nullptr) << where;
    server.transport.reset();
    EXPECT_EQ(net.network->live_connections(), 0u) << where;
  }
}

TEST(SimTransportTest, AFateOfResetHitsBothEnds) {
  TestNet net({.offers = {Label::kLinkFate}});
  TestEnd client, server;
  net.Connect(client, server);
  net.source.answers[Label::kLinkFate] = {2};
  net.wire.log.clear();
  client->Write(Slice::Static("lost"));
  net.RunAll();
  EXPECT_EQ(client.log, "lost(connection reset by peer) ");
  EXPECT_EQ(server.log, "lost(connection reset by peer) ");
  EXPECT_TRUE(net.wire.log.starts_with("reset(client) reset(server) sent(client,4) ")) << net.wire.log;
}

TEST(SimTransportTest, AFateOfHalfCloseShowsTheReaderAnEnd) {
  TestNet net({.offers = {Label::kLinkFate}});
  TestEnd client, server;
  net.Connect(client, server);
  net.source.answers[Label::kLinkFate] = {0, 3};
  client->Write(Slice::Static("arrives"));
  client->Write(Slice::Static(" does not"));
  client->Write(Slice::Static(" nor this"));
  net.RunAll();
  EXPECT_EQ(server.log, "data(arrives) eof ");
  EXPECT_EQ(client.log, "");
  server->Write(Slice::Static("answer"));
  net.RunAll();
  EXPECT_EQ(client.log, "data(answer) ");
}

TEST(SimTransportTest, HeldBytesArriveInOrderWhenTheNetworkHeals) {
  TestNet net({.offers = {Label::kLinkFate}});
  TestEnd client, server;
  net.Connect(client, server);
  net.source.answers[Label::kLinkFate] = {0, 1};
  client->Write(Slice::Static("passes "));
  client->Write(Slice::Static("held "));
  client->Write(Slice::Static("held too"));
  client->WriteEof();
  net.RunAll();
  EXPECT_EQ(server.log, "data(passes ) ");
  EXPECT_TRUE(net.network->holding());
  EXPECT_TRUE(net.network->holding(client->name()));
  net.network->Heal();
  net.RunAll();
  EXPECT_EQ(server.log, "data(passes ) data(held held too) eof ");
  EXPECT_FALSE(net.network->holding());
}

TEST(SimTransportTest, FatesThatAreNotAllowedPass) {
  TestNet net({.offers = {Label::kLinkFate},
               .config = {.faults = {.hold = false, .half_close = false, .max_faults = 1}}});
  TestEnd client, server;
  net.Connect(client, server);
  net.source.answers[Label::kLinkFate] = {1};
  client->Write(Slice::Static("passes"));
  net.RunAll();
  EXPECT_EQ(server.log, "data(passes) ");
  EXPECT_EQ(net.network->faults(), 0u);
}

}  // namespace
}  // namespace sim
