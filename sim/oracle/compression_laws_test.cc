// What FRAME-ATOMIC says of compressed messages: a server inflates those that were sent, or some were given up.

#include <string>

#include "gtest/gtest.h"
#include "sim/oracle/oracle_testing.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

// A server that inflates the second of two messages, or something else, where the first was given up.
std::string Judge(bool compressed, bool right) {
  OracleWorld on(LawId::kFrameAtomic);
  const Name socket = on.Start(on.Task("user"), "WEBSOCKET", 0);
  const Name connection = on.Connection(1);
  on.ledger().WebSocketPlanned(socket, SocketTerms{});
  on.ledger().WebSocketAccepted(connection, socket);
  if (compressed) on.ledger().CompressionAgreed(socket);
  for (uint64_t number = 0; number < 2; ++number) {
    on.ledger().MessageGiven(socket, MessageKey(socket, true, number), true, 20);
  }
  std::string content(20, '\0');
  FillMessage(MessageKey(socket, true, right ? 1 : 2), true, &content[0], content.size());
  on.ledger().MessageArrived(socket, true, content);
  return on.reason();
}

TEST(FrameAtomicOfCompressedMessages, WhatIsInflatedIsOneOfTheMessagesToCome) {
  EXPECT_EQ(Judge(true, true), "");
  EXPECT_EQ(Judge(true, false),
            "what the server of user/WEBSOCKET inflated is none of the messages to come: 20 bytes");
}

TEST(FrameAtomicOfCompressedMessages, OthersAreExactBodys) { EXPECT_EQ(Judge(false, false), ""); }

}  // namespace
}  // namespace sim
