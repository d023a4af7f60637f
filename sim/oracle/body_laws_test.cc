// EXACT-BODY, OWNERSHIP, ERROR≠EOF, EOF-ONCE, ONCE, BUFFER-BOUND: what users are given.

#include <cstring>

#include "gtest/gtest.h"
#include "sim/oracle/oracle_testing.h"

namespace sim {
namespace {

// A user who reads a body of 100 bytes, in a world with one law.
class Reading {
 public:
  explicit Reading(LawId law, const Limits& limits = Limits{}) : on(law, limits) {
    task = on.Task("user");
    get = on.Start(task, "GET", 1);
    c = on.Connection(1);
    on.Open(c);
  }
  // Of the response, all but the last bytes have come.
  void Receive(size_t but = 0) {
    on.Lease(c, get);
    on.Send(c);
    on.Arrive(c, get);
    on.Answer(c, get, 100);
    on.Deliver(c, but);
    body = on.OpenBody(c, get);
  }
  void Read(uint64_t offset, size_t size) { on.ledger().BodyRead(get, offset, OracleWorld::Body(get, offset, size)); }

  OracleWorld on;
  Name task, get, c, body;
};

TEST(ExactBody, AWholeBodyInPiecesIsRight) {
  Reading r(LawId::kExactBody);
  r.Receive();
  r.Read(0, 33);
  r.Read(33, 67);
  r.on.ledger().BodyEnded(r.get, 100);
  EXPECT_EQ(r.on.reason(), "");
}

TEST(ExactBody, APrefixWithoutAnEndIsRight) {
  Reading r(LawId::kExactBody);
  r.Receive();
  r.Read(0, 33);
  r.on.ledger().BodyFailed(r.get, 33, "disconnected", false, false);
  EXPECT_EQ(r.on.reason(), "");
}

TEST(ExactBody, ALostPieceIsSeenWhereItIsMissing) {
  Reading r(LawId::kExactBody);
  r.Receive();
  r.Read(0, 33);
  r.on.ledger().BodyRead(r.get, 33, OracleWorld::Body(r.get, 50, 50));
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 is wrong from byte 33 on");
}

TEST(ExactBody, ACleanEndBeforeThePlannedLengthIsATruncation) {
  Reading r(LawId::kExactBody);
  r.Receive();
  r.Read(0, 33);
  r.on.ledger().BodyEnded(r.get, 33);
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 ended cleanly after 33 of 100 bytes");
}

TEST(ExactBody, ABodyUntilCloseThatIsCutIsAllThatHasCome) {
  Reading r(LawId::kExactBody);
  r.on.Lease(r.c, r.get);
  r.on.Send(r.c);
  r.on.Arrive(r.c, r.get);
  r.on.ledger().ResponseBegan(r.c, r.get, 200, 100, /*until_close=*/true);
  r.on.ledger().BytesReceived(r.c, End::kClient, "HTTP/1.1 200 OK\r\n\r\n" + OracleWorld::Body(r.get, 0, 60));
  r.on.ledger().FinReceived(r.c, End::kClient);
  r.Read(0, 60);
  r.on.ledger().BodyEnded(r.get, 60);
  EXPECT_EQ(r.on.reason(), "");
}

// What an encoded body is, once decoded.
std::string Repeating(Name request, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  FillRepeating(request, offset, bytes.data(), size);
  return bytes;
}

TEST(ExactBody, AnEncodedBodyIsJudgedAsItIsDecoded) {
  for (const uint64_t read : {100, 99}) {
    Reading r(LawId::kExactBody);
    r.Receive();
    r.on.ledger().ResponseEncoded(r.c, r.get, 100);
    r.on.ledger().BodyRead(r.get, 0, Repeating(r.get, 0, 60));
    r.on.ledger().BodyRead(r.get, 60, Repeating(r.get, 60, read - 60));
    r.on.ledger().BodyEnded(r.get, read);
    EXPECT_EQ(r.on.reason(), read == 100 ? "" : "the body of user/GET#1 ended cleanly after 99 of 100 bytes");
  }
}

TEST(ExactBody, AnEncodedBodyIsNotGivenAsItCame) {
  Reading r(LawId::kExactBody);
  r.Receive();
  r.on.ledger().ResponseEncoded(r.c, r.get, 1000);
  r.on.ledger().BodyRead(r.get, 0, Repeating(r.get, 0, 600));
  EXPECT_EQ(r.on.reason(), "");
  r.Read(600, 100);
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 is wrong from byte 600 on");
}

TEST(ExactBody, AnUploadThatArrivesWrongIsSeenAtTheServer) {
  Reading r(LawId::kExactBody);
  r.on.Arrive(r.c, r.get, /*complete=*/false);
  r.on.ledger().RequestBody(r.c, r.get, 0, OracleWorld::Body(r.get, 0, 20));
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().RequestBody(r.c, r.get, 20, OracleWorld::Body(r.get, 0, 20));
  EXPECT_EQ(r.on.reason(), "the upload of user/GET#1 is wrong from byte 20 on");
}

TEST(ExactBody, AnUploadThatIsCutGetsNoValidEnd) {
  for (const uint64_t sent : {20, 19}) {
    Reading r(LawId::kExactBody);
    r.on.ledger().UploadPlanned(r.get, 20);
    r.on.Arrive(r.c, r.get, /*complete=*/false);
    r.on.ledger().RequestComplete(r.c, r.get, sent);
    EXPECT_EQ(r.on.reason(),
              sent == 20 ? "" : "the upload of user/GET#1 came to a valid end after 19 of 20 bytes");
  }
}

TEST(ExactBody, AReadGivesWhatItWasAskedFor) {
  const auto reason = [](const ReadTerms& terms, absl::string_view bytes) {
    Reading r(LawId::kExactBody);
    r.on.ledger().PartRead(r.get, terms, bytes);
    return r.on.reason();
  };
  EXPECT_EQ(reason({.most = 3}, "abc"), "");
  EXPECT_EQ(reason({.most = 3}, "abcd"),
            "a read of the body of user/GET#1 gave 4 bytes, where at least 1 and at most 3 were asked for");
  EXPECT_EQ(reason({3, 3, ""}, "ab"), "a read of the body of user/GET#1 gave 2 bytes, where exactly 3 were asked for");
  EXPECT_EQ(reason({2, 9, "--"}, "ab--"), "");
  for (const char* wrong : {"ab-", "ab--c", "--a--"}) {
    EXPECT_EQ(reason({2, 9, "--"}, wrong),
              absl::StrCat("a read of the body of user/GET#1 gave ", strlen(wrong),
                           " bytes, which do not end with the first delimiter"));
  }
}

TEST(ExactBody, AReadDoesNotGiveUpWhileMoreMayCome) {
  Reading r(LawId::kExactBody);
  r.on.ledger().ReadRefused(r.get, {500, 500, ""});
  EXPECT_EQ(r.on.reason(), "a read of the body of user/GET#1 gave up, where exactly 500 bytes were asked for and more "
                           "may come");
}

TEST(ExactBody, WhatIsEncodedAndHasNoEndComesToNone) {
  Reading r(LawId::kExactBody);
  r.on.Lease(r.c, r.get);
  r.on.Arrive(r.c, r.get);
  r.on.ledger().ResponseEncoded(r.c, r.get, ExchangeRecord::kUndecodable);
  r.on.ledger().ResponseBegan(r.c, r.get, 200, 40, false);
  r.on.ledger().BodyRead(r.get, 0, Repeating(r.get, 0, 600));
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().BodyEnded(r.get, 600);
  EXPECT_NE(r.on.reason(), "");
}

TEST(Ownership, AHeadIsTheOneThatWasSent) {
  for (const uint64_t given : {7, 8}) {
    Reading r(LawId::kOwnership);
    r.on.Lease(r.c, r.get);
    r.on.Arrive(r.c, r.get);
    r.on.ledger().ResponseBegan(r.c, r.get, 200, 40, false);
    r.on.ledger().HeadSent(r.c, r.get, 2, 7);
    r.on.ledger().HeadRead(r.get, 3, given);
    EXPECT_EQ(r.on.reason(), given == 7 ? ""
                                        : "the head of the response to user/GET#1, with 3 fields, is not the one that "
                                          "was sent for it, with 2");
  }
}

TEST(ExactBody, OfAnUntruthfulServerNothingIsReadThatItHasNotSaidInThatOrder) {
  Reading r(LawId::kExactBody);
  r.on.Lease(r.c, r.get);
  r.on.ledger().Untruthful(r.c);
  r.on.ledger().BytesReceived(r.c, End::kClient, "5\r\nhello\r\n5\r\nworld\r\n");
  r.on.ledger().BodyRead(r.get, 0, "hello");
  r.on.ledger().BodyRead(r.get, 5, "wor");
  r.on.ledger().BodyRead(r.get, 8, "ld");
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().BodyRead(r.get, 10, "hello");
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 has 5 bytes behind byte 10 that nobody has sent");
}

TEST(ExactBody, TextOfAnUntruthfulServerIsText) {
  Reading r(LawId::kExactBody);
  r.on.Lease(r.c, r.get);
  r.on.ledger().Untruthful(r.c);
  r.on.ledger().WebSocketPlanned(r.get, {});
  r.on.ledger().WebSocketAccepted(r.c, r.get);
  r.on.ledger().MessageReceived(r.get, true, "\xC3\xA9");
  r.on.ledger().MessageReceived(r.get, false, "\xC3");
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().MessageReceived(r.get, true, "\xC3");
  EXPECT_EQ(r.on.reason(), "user/GET#1 received text that is not UTF-8");
}

TEST(ExactBody, WhatAnUntruthfulServerHasEncodedIsNoMoreThanItCouldBe) {
  Reading r(LawId::kExactBody);
  r.on.Lease(r.c, r.get);
  r.on.ledger().Untruthful(r.c);
  const std::string said = "Content-Encoding: gzip\r\n\r\n...";
  r.on.ledger().BytesReceived(r.c, End::kClient, said);
  r.on.ledger().BodyRead(r.get, 0, std::string(1032 * said.size(), 'x'));
  r.on.ledger().BodyEnded(r.get, 1032 * said.size());
  EXPECT_EQ(r.on.reason(), "");
  Reading more(LawId::kExactBody);
  more.on.Lease(more.c, more.get);
  more.on.ledger().Untruthful(more.c);
  more.on.ledger().BytesReceived(more.c, End::kClient, said);
  more.on.ledger().BodyRead(more.get, 0, std::string(1032 * said.size() + 1, 'x'));
  EXPECT_NE(more.on.reason(), "");
}

TEST(Ownership, BytesOfAnotherRequestAreNamed) {
  Reading r(LawId::kOwnership);
  r.Receive();
  r.Read(0, 100);
  r.on.Idle(r.c);
  const Name second = r.on.Start(r.task, "GET", 2);
  r.on.Exchange(r.c, second, 100);
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().BodyRead(second, 0, OracleWorld::Body(r.get, 0, 50));
  EXPECT_EQ(r.on.reason(), "the body of user/GET#2 holds bytes of another request, user/GET#1, at byte 0");
}

TEST(Ownership, AHeadGoesToTheRequestInItsTurn) {
  Reading r(LawId::kOwnership);
  r.on.Lease(r.c, r.get);
  r.on.Send(r.c);
  r.on.Arrive(r.c, r.get);
  r.on.Answer(r.c, r.get, 0);
  const Name second = r.on.Start(r.task, "GET", 2);
  r.on.ledger().HeadReceived(r.c, r.get, 100);  // interim
  r.on.ledger().HeadReceived(r.c, second, 200);
  EXPECT_EQ(r.on.reason(), "response 1 on connection#1 was given to user/GET#2; it answers user/GET#1");
}

TEST(Ownership, ARequestDoesNotBeginBeforeTheResponseToTheOneBefore) {
  Reading r(LawId::kOwnership);
  r.on.Arrive(r.c, r.get);
  r.on.Arrive(r.c, r.on.Start(r.task, "GET", 2));
  EXPECT_EQ(r.on.reason(), "request 2 began on connection#1 before user/GET#1 was answered");
}

TEST(ErrorNotEof, ACutBodyIsNoCleanEnd) {
  Reading r(LawId::kErrorNotEof);
  r.Receive(/*but=*/1);
  r.on.ledger().BodyEnded(r.get, 99);
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 ended cleanly although it was cut: 99 of 100 bytes in");
}

// A response that was cut; the request is sent once more, on a connection on which a 408 comes that nobody asked for:
// nobody can tell it from the answer if it comes behind the request, and everybody could if it came before.
TEST(BodyLaws, WhatCrossedARequestMayBeTakenForItsResponseAndWhatCameBeforeItMayNot) {
  for (const LawId law : {LawId::kErrorNotEof, LawId::kExactBody}) {
    for (const bool crosses : {true, false}) {
      Reading r(law);
      r.Receive(/*but=*/100);
      const Name second = r.on.Connection(2);
      r.on.Open(second);
      r.on.Lease(second, r.get);
      if (crosses) r.on.Send(second);
      r.on.ledger().BytesReceived(second, End::kClient, "HTTP/1.1 408 \r\nContent-Length: 0\r\n\r\n");
      if (!crosses) r.on.Send(second);
      r.on.ledger().BodyEnded(r.get, 0);
      EXPECT_EQ(r.on.violated(), crosses ? LawId::kNone : law);
    }
  }
}

TEST(ErrorNotEof, ACutBodyMayFail) {
  Reading r(LawId::kErrorNotEof);
  r.Receive(/*but=*/1);
  r.on.ledger().BodyFailed(r.get, 99, "disconnected", false, false);
  EXPECT_EQ(r.on.reason(), "");
}

TEST(ErrorNotEof, AWholeBodyFailsOnlyByItsUsersOwnDoing) {
  for (const bool session_closed : {true, false}) {
    Reading r(LawId::kErrorNotEof);
    r.Receive();
    r.on.ledger().BodyFailed(r.get, 0, "disconnected", session_closed, false);
    EXPECT_EQ(r.on.reason(), session_closed ? ""
                                            : "the body of user/GET#1 failed (disconnected) although all of it had "
                                              "come: 100 bytes");
  }
  Reading r(LawId::kErrorNotEof);
  r.Receive();
  r.on.ledger().RequestEnded(r.get, client::ClientError(client::ErrorKind::kBodySource, "no more"));
  r.on.ledger().BodyFailed(r.get, 0, "body source", false, false);
  EXPECT_EQ(r.on.reason(), "");
}

TEST(EofOnce, ABodyEndsOnceBeforeItIsDestroyed) {
  Reading r(LawId::kEofOnce);
  r.Receive();
  r.on.ledger().PayloadEof(r.body);
  r.on.ledger().PayloadDestroyed(r.body);
  r.on.AtQuiet();
  EXPECT_EQ(r.on.reason(), "");
}

TEST(EofOnce, TwoEndsAreOneTooMany) {
  Reading r(LawId::kEofOnce);
  r.Receive();
  r.on.ledger().PayloadEof(r.body);
  r.on.ledger().PayloadError(r.body, client::ClientError(client::ErrorKind::kDisconnected, "lost"));
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 has ended twice");
}

TEST(EofOnce, ABodyIsNotDestroyedWithoutAnEnd) {
  Reading r(LawId::kEofOnce);
  r.Receive(/*but=*/1);
  r.on.ledger().PayloadDestroyed(r.body);
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 was destroyed without eof or error");
}

TEST(EofOnce, AtRestABodyThatHasComeOrWasCutHasBeenTold) {
  Reading whole(LawId::kEofOnce);
  whole.Receive();
  whole.on.AtStall();
  EXPECT_EQ(whole.on.reason(), "the body of user/GET#1 has come in full, and was not told that it is at its end");
  Reading cut(LawId::kEofOnce);
  cut.Receive(/*but=*/1);
  cut.on.AtStall();
  EXPECT_EQ(cut.on.reason(), "");  // the rest may still come
  cut.on.ledger().LossReported(cut.c, End::kClient);
  cut.on.AtStall();
  EXPECT_EQ(cut.on.reason(), "the body of user/GET#1 has lost its connection, and was not told");
}

TEST(Once, AnOperationEndsOnce) {
  Reading r(LawId::kOnce);
  r.Receive();
  r.on.End(r.task, r.get);
  r.on.AtClosed();
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().OperationCancelled(r.task, r.get);
  EXPECT_EQ(r.on.reason(), "user/GET#1 has ended more often than it was begun");
}

TEST(Once, ARequestThatIsCancelledDoesNotEndAsWell) {
  Reading r(LawId::kOnce);
  r.on.ledger().RequestCancelled(r.get);
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().RequestEnded(r.get, client::Result<void>());
  EXPECT_EQ(r.on.violated(), LawId::kOnce);
}

TEST(Once, AnOperationThatNothingEndsIsReportedWhenEverythingWasClosed) {
  Reading r(LawId::kOnce);
  r.on.AtQuiet();
  EXPECT_EQ(r.on.reason(), "");
  r.on.AtClosed();
  EXPECT_EQ(r.on.reason(), "user/GET#1 has never ended, although everything was closed");
}

TEST(BufferBound, AFullBufferAndOneReadIsAllThatMayWait) {
  Reading r(LawId::kBufferBound, Limits{.read_high_water = 60, .max_read = 39});
  r.Receive(/*but=*/1);
  EXPECT_EQ(r.on.reason(), "");
  r.on.Deliver(r.c);
  EXPECT_EQ(r.on.reason(), "100 bytes of the body of user/GET#1 wait to be read, where 99 is the bound");
}

TEST(BufferBound, WhatWasReadDoesNotWait) {
  Reading r(LawId::kBufferBound, Limits{.read_high_water = 60, .max_read = 39});
  r.Receive(/*but=*/1);
  r.Read(0, 1);
  r.on.Deliver(r.c);
  EXPECT_EQ(r.on.reason(), "");
}

TEST(BufferBound, WhatIsDecodedIsNotWhatWasTaken) {
  Reading r(LawId::kBufferBound, Limits{.read_high_water = 60, .max_read = 39});
  r.Receive(/*but=*/1);
  r.on.ledger().ResponseEncoded(r.c, r.get, 5000);
  r.Read(0, 1000);
  r.on.Deliver(r.c);
  EXPECT_EQ(r.on.reason(), "100 bytes of the body of user/GET#1 wait to be read, where 99 is the bound");
}

TEST(BufferBound, OneReadGivesNoMoreThanMayWait) {
  Reading r(LawId::kBufferBound);
  r.Receive();
  r.Read(0, 192 << 10);
  EXPECT_EQ(r.on.reason(), "");
  r.Read(192 << 10, (192 << 10) + 1);
  EXPECT_EQ(r.on.reason(), "one read gave 196 609 bytes of the body of user/GET#1, where 196 608 is the bound");
}

TEST(BufferBound, ACountThatDriftsFromTheBytesIsReported) {
  Reading r(LawId::kBufferBound);
  r.Receive();
  r.on.ledger().PayloadFed(r.body, 60, 60);
  r.on.ledger().PayloadRead(r.body, 10, 50);
  EXPECT_EQ(r.on.reason(), "");
  r.on.ledger().PayloadFed(r.body, 40, 40);
  EXPECT_EQ(r.on.reason(), "the body of user/GET#1 counts 40 bytes, and holds 90");
}

}  // namespace
}  // namespace sim
