// Whom errors and connections keep alive: nobody.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/client_session.h"
#include "client/http/response_head.h"
#include "client/testing/client_fixture.h"
#include "client/testing/websocket_fixture.h"
#include "gtest/gtest.h"

namespace client::testing {
namespace {

constexpr absl::string_view kTenBytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";

// What an object holds, as "connection pool/connection#1, error ...".
class Listing final : public ReferenceVisitor {
 public:
  explicit Listing(TestLoop& loop) : loop_(loop) {}
  void Holds(const NamedObject& object) override { Add(absl::StrCat(object.what(), " ", loop_.TextOf(object.name()))); }
  void Holds(const ClientError& error) override {
    Add(absl::StrCat("error ", error.DebugString()));
    error.VisitReferences(*this);
  }
  static std::string Of(TestLoop& loop, const NamedObject& object) {
    Listing listing(loop);
    object.VisitReferences(listing);
    return listing.text_;
  }

 private:
  void Add(absl::string_view what) { absl::StrAppend(&text_, text_.empty() ? "" : ", ", what); }
  TestLoop& loop_;
  std::string text_;
};

class ClientLifetimeTest : public ClientFixture {
 protected:
  // A response of which half has come; its connection is the last one.
  Fetch& Half() {
    Fetch& get = GetHead("http://a.test/");
    Run();
    network.last().Send(kTenBytes);
    Run();
    return get;
  }
  ClientError ReadFails(ClientResponse& response) {
    for (int i = 0; i < 3; ++i) {
      Result<Slice> part = ReadOnce(response);
      if (!part.ok()) return part.error();
    }
    return ClientError(ErrorKind::kUsage, "it did not fail");
  }
  // The error knows its response for as long as that lives.
  void ExpectBelongs(const ClientError& error, std::unique_ptr<ClientResponse>& response) {
    EXPECT_EQ(error.response(), response.get());
    EXPECT_EQ(error.head(), nullptr);
    const ClientError copy = error;
    response.reset();
    EXPECT_EQ(error.response(), nullptr);
    EXPECT_EQ(copy.response(), nullptr);
  }
};

TEST_F(ClientLifetimeTest, WhateverCutsABodyNamesItsResponseAndDoesNotKeepIt) {
  options.timeout.sock_read = absl::Seconds(5);
  const std::vector<std::function<void(Fetch&)>> causes = {
      [this](Fetch&) { network.last().SendEof(); },
      [this](Fetch&) { network.last().Reset(); },
      [this](Fetch&) { loop.Advance(absl::Seconds(6)); },
      [](Fetch& get) { get.response->Close(); },
      [this](Fetch&) { session().CloseNow(); },
  };
  for (const auto& cause : causes) {
    Fetch& get = Half();
    ASSERT_NE(get.response, nullptr);
    cause(get);
    Run();
    const ClientError error = ReadFails(*get.response);
    EXPECT_NE(error.message(), "it did not fail");
    ExpectBelongs(error, get.response);
  }
  ExpectClean();
}

TEST_F(ClientLifetimeTest, AnErrorThatCameBeforeTheUserHadTheResponseBelongsToItAllTheSame) {
  Fetch& get = GetHead("http://a.test/");
  Run();
  network.last().Send(kTenBytes);
  network.last().SendEof();
  Run();
  const ClientError error = ReadFails(*get.response);
  ExpectBelongs(error, get.response);
  ExpectClean();
}

TEST_F(ClientLifetimeTest, ABodyThatIsTooLargeOrCannotBeDecodedNamesItsResponse) {
  options.auto_decompress = true;
  Fetch& large = Half();
  absl::optional<ClientError> error;
  const auto read = [](ClientResponse& response, absl::optional<ClientError>& error) -> Task<> {
    Result<std::string> text = co_await response.Read(4);
    if (!text.ok()) error = text.error();
  };
  {
    SpawnedTask task(loop, Name(), read(*large.response, error));
    Run();
  }
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->kind(), ErrorKind::kRejected);
  ExpectBelongs(*error, large.response);

  Fetch& garbled = GetHead("http://a.test/");
  Run();
  network.last().Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\nhello");
  Run();
  const ClientError undecodable = ReadFails(*garbled.response);
  EXPECT_EQ(undecodable.kind(), ErrorKind::kProtocol);
  ExpectBelongs(undecodable, garbled.response);
  ExpectClean();
}

TEST_F(ClientLifetimeTest, AnErrorBeforeTheHeadBelongsToNoResponse) {
  Fetch& get = Get("http://a.test/");
  Run();
  network.last().SendEof();
  Run();
  ASSERT_TRUE(get.error.has_value());
  EXPECT_EQ(get.error->response(), nullptr);
  EXPECT_EQ(get.error->head(), nullptr);
  ExpectClean();
}

TEST_F(ClientLifetimeTest, ARedirectTooManyLeavesItsHead) {
  options.redirects_max = 1;
  Fetch& get = Get("http://a.test/");
  Run();
  for (int i = 0; i < 2; ++i) {
    network.last().Send("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n");
    Run();
  }
  ASSERT_EQ(get.Outcome(), "rejected");
  const ClientError error = *get.error;
  ExpectClean();
  EXPECT_EQ(error.response(), nullptr);
  ASSERT_NE(error.head(), nullptr);
  EXPECT_EQ(error.head()->status, 302);
  EXPECT_EQ(error.head()->headers.Get("Location"), "/next");
}

TEST_F(ClientLifetimeTest, TheConnectionKeepsItsErrorUntilItIsClosed) {
  Fetch& get = Half();
  const NamedObject* connection = nullptr;
  const NamedObject* request = nullptr;
  for (const NamedObject* object = loop.named_objects.first(); object != nullptr; object = object->next()) {
    if (object->what() == "connection") connection = object;
    if (object->what() == "response") request = object;
  }
  ASSERT_NE(connection, nullptr);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(Listing::Of(loop, *connection), "");
  EXPECT_EQ(Listing::Of(loop, *request), "connection pool/connection#1, body get#1/body");
  EXPECT_EQ(Listing::Of(loop, *get.response), "response get#1");
  EXPECT_EQ(Listing::Of(loop, session()), "connection pool/connection#1");

  network.last().SendEof();
  const std::string error = "error disconnected: the body ended early, after 5 of 10 bytes";
  bool kept = false;
  while (loop.ready()) {
    loop.Step();
    kept = kept || Listing::Of(loop, *connection) == error;
  }
  EXPECT_TRUE(kept);                                // until the step in which it is closed
  EXPECT_EQ(Listing::Of(loop, *connection), "");    // it still lives, because the request knows it
  EXPECT_EQ(Listing::Of(loop, *request), absl::StrCat("connection pool/connection#1, body get#1/body, ", error));
  EXPECT_EQ(Listing::Of(loop, session()), "");
  ExpectClean();
  EXPECT_EQ(loop.named_objects.first(), nullptr);
}

class WebSocketLifetimeTest : public WebSocketFixture {};

TEST_F(WebSocketLifetimeTest, AnAnswerThatIsNoHandshakeLeavesItsHead) {
  WebSocketOptions chat;
  chat.name = MakeName(loop, Name(), "chat");
  chat.url = "ws://a.test/";
  absl::optional<ClientError> error;
  const auto connect = [](ClientSession& session, WebSocketOptions options,
                          absl::optional<ClientError>& error) -> Task<> {
    Result<std::unique_ptr<WebSocket>> socket = co_await session.ConnectWebSocket(std::move(options));
    if (!socket.ok()) error = socket.error();
  };
  {
    SpawnedTask task(loop, Name(), connect(session(), std::move(chat), error));
    Run();
    Peer("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno");
  }
  ExpectAllClean();
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->response(), nullptr);
  ASSERT_NE(error->head(), nullptr);
  EXPECT_EQ(error->head()->status, 401);
  EXPECT_EQ(error->head()->headers.Get("WWW-Authenticate"), "Basic");
}

}  // namespace
}  // namespace client::testing
