#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/testing/client_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

// echo -n hello | gzip -n
const std::string kGzipHello =
    absl::HexStringToBytes("1f8b0800000000000003cb48cdc9c9070086a6103605000000");

class ClientDecompressTest : public ClientFixture {
 protected:
  ClientDecompressTest() { options.auto_decompress = true; }
  static std::string Answer(absl::string_view coding, absl::string_view body, size_t length) {
    return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Encoding: ", coding, "\r\nContent-Length: ", length, "\r\n\r\n",
                        body);
  }
  static std::string Answer(absl::string_view body) { return Answer("gzip", body, body.size()); }
};

TEST_F(ClientDecompressTest, WhatWasOfferedIsDecoded) {
  Fetch& get = Get("http://a.test/");
  Run();
  EXPECT_EQ(network.wire(0).written, "GET / HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: gzip, deflate\r\n\r\n");
  for (const char c : Answer(kGzipHello)) {
    network.wire(0).Send(std::string(1, c));
    Run();
  }
  EXPECT_EQ(get.Outcome(), "200 hello");
  EXPECT_EQ(session().connector().idle(), 1u);
  EXPECT_EQ(observer.Count("RequestEnded get#1 ok"), 1u);
  ExpectClean();
}

TEST_F(ClientDecompressTest, WhatTheUserAskedForHimselfIsLeftAsItCame) {
  RequestOptions request;
  request.url = "http://a.test/";
  request.headers.Add("Accept-Encoding", "gzip");
  Fetch& get = Start(std::move(request));
  Run();
  network.wire(0).Send(Answer(kGzipHello));
  Run();
  EXPECT_EQ(get.body, kGzipHello);
  ExpectClean();
}

TEST_F(ClientDecompressTest, UnknownCodingsAndPlainBodiesAreLeftAsTheyCame) {
  for (const absl::string_view coding : {"br", "identity"}) {
    Fetch& get = Get("http://a.test/");
    Run();
    network.last().Send(Answer(coding, "hello", 5));
    Run();
    EXPECT_EQ(get.Outcome(), "200 hello");
  }
  ExpectClean();
}

TEST_F(ClientDecompressTest, AResponseToHeadNamesACodingAndHasNoBody) {
  RequestOptions request;
  request.url = "http://a.test/";
  request.method = "HEAD";
  Fetch& head = Start(std::move(request));
  Run();
  network.last().Send(Answer("gzip", "", 25));
  Run();
  EXPECT_EQ(head.Outcome(), "200 ");
  ExpectClean();
}

TEST_F(ClientDecompressTest, AStreamThatIsCutInsideACompleteBodyIsAnError) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.last().Send(Answer(kGzipHello.substr(0, 20)));
  Run();
  EXPECT_EQ(get.Outcome(), "protocol");
  EXPECT_EQ(get.body, "hello");
  ExpectClean();
}

TEST_F(ClientDecompressTest, ABodyThatCannotBeDecodedClosesItsConnection) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.last().Send(Answer("gzip", "this is not gzip", 1000));
  Run();
  EXPECT_EQ(get.Outcome(), "protocol");
  EXPECT_EQ(network.open(), 0u);
  ExpectClean();
}

TEST_F(ClientDecompressTest, ACutBodyIsTheConnectionsError) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.last().Send(Answer("gzip", kGzipHello.substr(0, 16), 25));
  network.last().SendEof();
  Run();
  EXPECT_EQ(get.Outcome(), "disconnected");
  ExpectClean();
}

TEST_F(ClientDecompressTest, ACancelledReadLosesNothing) {
  Fetch& get = GetHead("http://a.test/");
  Run();
  network.last().Send(Answer("gzip", kGzipHello.substr(0, 10), kGzipHello.size()));
  Run();
  EXPECT_FALSE(ReadOnce(*get.response).ok());  // waits, and is cancelled
  network.last().Send(kGzipHello.substr(10));
  Run();
  std::string text;
  for (;;) {
    const Result<Slice> part = ReadOnce(*get.response);
    ASSERT_TRUE(part.ok());
    if (part->empty()) break;
    absl::StrAppend(&text, part->view());
  }
  EXPECT_EQ(text, "hello");
  get.response.reset();
  ExpectClean();
}

}  // namespace
}  // namespace client::testing
