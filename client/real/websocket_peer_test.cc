// The client's WebSocket against the package websockets.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/async/deadline.h"
#include "client/net/tls_authority.h"
#include "client/net/tls_context.h"
#include "client/real/real_fixture.h"
#include "client/real/server_process.h"

namespace client {
namespace {

using testing::Noise;
using testing::Ports;

// A text of so many bytes, most characters of which take two.
std::string Text(size_t bytes) {
  std::string text = bytes % 2 != 0 ? "x" : "";
  while (text.size() < bytes) text += text.size() % 7 == 0 ? "ab" : "\xc3\xa4";
  return text;
}

class WebSocketPeerTest : public testing::RealFixture {
 protected:
  struct Chat {
    absl::optional<SpawnedTask> task;
    std::unique_ptr<WebSocket> socket;
    std::vector<std::string> log;  // what happened, one line each
    std::string error;
  };
  struct Message {
    MessageType type;
    std::string data;
  };

  void SetUp() override {
    static const std::string python = testing::FindPythonWith("websockets");
    if (python.empty()) return Missing("python3-websockets");
    if (server == nullptr) {
      folder = std::make_unique<testing::TemporaryFolder>();
      folder->Write("certificate.pem", Authority().Certify({.hosts = {"localhost"}}));
      folder->Write("key.pem", kTestServerKey);
      server = testing::ServerProcess::Start(2, folder->path() + "/log", [&](const Ports& ports) {
        return std::vector<std::string>{python, "client/real/websocket_server.py", absl::StrCat(ports[0]),
                                        absl::StrCat(ports[1]), folder->path()};
      });
    }
    ASSERT_NE(server, nullptr);
    TlsOptions trust;
    trust.system_cas = false;
    trust.ca_pem = Authority().pem();
    options.tls = *TlsContext::Client(trust);
  }
  void TearDown() override {
    chats.clear();
    RealFixture::TearDown();
  }
  static void TearDownTestSuite() {
    server.reset();
    folder.reset();
  }

  static const TlsAuthority& Authority() {
    static const TlsAuthority authority("the test authority", kTestAuthorityKey);
    return authority;
  }

  WebSocketOptions To(absl::string_view path) {
    WebSocketOptions to;
    to.name = MakeName(loop(), Name(), "chat", static_cast<uint32_t>(chats.size() + 1));
    to.url = absl::StrCat("ws://127.0.0.1:", server->port(0), path);
    return to;
  }

  // Opens a socket and runs `talk` on it, until its end.
  using Talk = std::function<Task<>(WebSocketPeerTest&, Chat&)>;
  Chat& Run(WebSocketOptions to, const Talk& talk) {
    Chat& chat = *chats.emplace_back(std::make_unique<Chat>());
    const Name name = MakeName(loop(), Name(), "task", static_cast<uint32_t>(chats.size()));
    chat.task.emplace(loop(), name, OpenAndTalk(*this, std::move(to), talk, chat));
    RunUntil([&] { return chat.task->done(); });
    EXPECT_EQ(chat.error, "");
    return chat;
  }
  static Task<> OpenAndTalk(WebSocketPeerTest& self, WebSocketOptions to, const Talk& talk, Chat& chat) {
    Result<std::unique_ptr<WebSocket>> made = co_await self.session().ConnectWebSocket(std::move(to));
    if (!made.ok()) {
      chat.error = made.error().DebugString();
      co_return;
    }
    chat.socket = *std::move(made);
    co_await talk(self, chat);
  }

  // One message; none, and a line of the log, at the end.
  static Task<absl::optional<std::string>> Receive(Chat& chat) {
    Result<absl::optional<WebSocketMessage>> message = co_await chat.socket->Receive();
    if (!message.ok()) {
      chat.log.push_back(message.error().DebugString());
      co_return absl::nullopt;
    }
    if (!message->has_value()) {
      chat.log.push_back(absl::StrCat("closed ", chat.socket->close_code(), " ", chat.socket->close_reason()));
      co_return absl::nullopt;
    }
    co_return std::string((*message)->text());
  }
  static Task<> Close(Chat& chat, uint16_t code, std::string reason) {
    Result<void> closed = co_await chat.socket->Close(code, std::move(reason));
    if (!closed.ok()) chat.error = closed.error().DebugString();
  }

  // Sends each message, and expects it back.
  static Task<> SendAndReceive(WebSocketPeerTest& self, Chat& chat) {
    for (const Message& message : self.messages) {
      Result<void> sent = co_await chat.socket->Send(message.type, Slice::Static(message.data));
      EXPECT_TRUE(sent.ok());
      absl::optional<std::string> answer = co_await Receive(chat);
      EXPECT_TRUE(answer == message.data) << message.data.size() << " bytes";
    }
    co_await Close(chat, kCloseNormal, "");
  }
  static Task<> ReceiveAll(WebSocketPeerTest&, Chat& chat) {
    for (;;) {
      absl::optional<std::string> message = co_await Receive(chat);
      if (!message.has_value()) break;
      chat.log.push_back(*message);
    }
    co_await Close(chat, kCloseNormal, "");
  }

  // All classes of sizes (RFC 6455 section 5.2), text and binary.
  void MessagesOfAllSizes() {
    for (const size_t size : {0, 1, 125, 126, 127, 1000, 65535, 65536, 65537, 1 << 20}) {
      messages.push_back({MessageType::kBinary, Noise(size, size)});
      messages.push_back({MessageType::kText, Text(size)});
    }
  }

  std::vector<Message> messages;
  std::vector<std::unique_ptr<Chat>> chats;
  static std::unique_ptr<testing::TemporaryFolder> folder;
  static std::unique_ptr<testing::ServerProcess> server;
};
std::unique_ptr<testing::TemporaryFolder> WebSocketPeerTest::folder;
std::unique_ptr<testing::ServerProcess> WebSocketPeerTest::server;

TEST_F(WebSocketPeerTest, MessagesOfAllSizesComeBack) {
  MessagesOfAllSizes();
  Chat& chat = Run(To("/echo/0"), SendAndReceive);
  EXPECT_FALSE(chat.socket->compression().has_value());
  EXPECT_EQ(chat.socket->close_code(), kCloseNormal);
}

TEST_F(WebSocketPeerTest, MessagesAreSentInFragmentsOfAnySize) {
  for (const size_t fragment : {1, 125, 126, 65536}) {
    messages.clear();
    for (const size_t size : {0, 1, 125, 126, 127, 3000}) messages.push_back({MessageType::kText, Text(size)});
    WebSocketOptions to = To("/echo/0");
    to.fragment_bytes = fragment;
    Run(std::move(to), SendAndReceive);
  }
}

TEST_F(WebSocketPeerTest, MessagesAreReceivedInFragmentsOfAnySize) {
  for (const absl::string_view path : {"/fragments/1", "/fragments/125", "/fragments/126", "/fragments/65536"}) {
    messages.clear();
    // An empty message has no fragment to send back.
    for (const size_t size : {1, 125, 126, 127, 3000}) messages.push_back({MessageType::kBinary, Noise(9, size)});
    if (path == "/fragments/65536") messages.push_back({MessageType::kBinary, Noise(10, 1 << 20)});
    Run(To(path), SendAndReceive);
  }
}

TEST_F(WebSocketPeerTest, CompressedMessagesOfAllSizesComeBack) {
  MessagesOfAllSizes();
  for (const bool takeover : {true, false}) {
    for (const size_t fragment : {1000, 65536}) {
      WebSocketOptions to = To("/echo/0");
      to.fragment_bytes = fragment;
      to.compress.emplace();
      to.compress->client_no_context_takeover = !takeover;
      to.compress->server_no_context_takeover = !takeover;
      Chat& chat = Run(std::move(to), SendAndReceive);
      ASSERT_TRUE(chat.socket->compression().has_value());
      EXPECT_EQ(chat.socket->compression()->server_no_context_takeover, !takeover);
    }
  }
}

TEST_F(WebSocketPeerTest, CompressedFragmentsWithSmallWindows) {
  for (const size_t size : {1, 126, 3000, 100'000}) messages.push_back({MessageType::kText, Text(size)});
  WebSocketOptions to = To("/fragments/500");
  to.compress.emplace();
  to.compress->client_max_window_bits = 9;
  to.compress->server_max_window_bits = 9;
  Chat& chat = Run(std::move(to), SendAndReceive);
  ASSERT_TRUE(chat.socket->compression().has_value());
  EXPECT_LE(chat.socket->compression()->server_max_window_bits, 9);
}

TEST_F(WebSocketPeerTest, ThePeersPingsAreAnswered) {
  const Chat& chat = Run(To("/ping/3"), [](WebSocketPeerTest&, Chat& chat) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      absl::optional<std::string> said = co_await Receive(chat);
      chat.log.push_back(said.value_or("none"));
    }
    co_await Close(chat, kCloseNormal, "");
  });
  EXPECT_EQ(chat.log, (std::vector<std::string>{"pong 0", "pong 1", "pong 2"}));
}

TEST_F(WebSocketPeerTest, OurPingsAreAnsweredAlsoBetweenMessages) {
  messages.push_back({MessageType::kText, "between"});
  Run(To("/echo/0"), [](WebSocketPeerTest& self, Chat& chat) -> Task<> {
    for (int i = 0; i < 5; ++i) {
      Result<void> answered = co_await chat.socket->Ping();
      EXPECT_TRUE(answered.ok());
    }
    co_await SendAndReceive(self, chat);
  });
}

TEST_F(WebSocketPeerTest, AHeartbeatKeepsASilentSocketOpen) {
  WebSocketOptions to = To("/echo/0");
  to.heartbeat = absl::Seconds(2);  // half of which a busy machine may take for the pong
  messages.push_back({MessageType::kText, "still here"});
  Run(std::move(to), [](WebSocketPeerTest& self, Chat& chat) -> Task<> {
    co_await SleepUntil(self.loop(), Name(), self.loop().Now() + absl::Milliseconds(2500));
    co_await SendAndReceive(self, chat);
  });
}

TEST_F(WebSocketPeerTest, ThePeersCloseIsTheEndWithItsCodeAndReason) {
  for (const int code : {1000, 1001, 1008, 1011, 3000, 4999}) {
    const Chat& chat = Run(To(absl::StrCat("/close/", code)), ReceiveAll);
    EXPECT_EQ(chat.log, (std::vector<std::string>{"goodbye", absl::StrCat("closed ", code, " code ", code)}));
    EXPECT_TRUE(chat.socket->closed());
  }
}

TEST_F(WebSocketPeerTest, ThePeerHearsOurCodeAndReason) {
  int number = 0;
  for (const int code : {1000, 1001, 1003, 1007, 3001, 4999}) {
    Run(To("/note/0"), [code](WebSocketPeerTest&, Chat& chat) { return Close(chat, code, absl::StrCat("we ", code)); });
    const Chat& noted = Run(To(absl::StrCat("/noted/", ++number)), [](WebSocketPeerTest&, Chat& chat) -> Task<> {
      absl::optional<std::string> said = co_await Receive(chat);
      chat.log.push_back(said.value_or("none"));
      co_await Close(chat, kCloseNormal, "");
    });
    EXPECT_EQ(noted.log, (std::vector<std::string>{absl::StrCat(code, " we ", code)}));
  }
}

TEST_F(WebSocketPeerTest, AnEndWithoutAGoodbyeIsAnErrorBehindWhatHadCome) {
  for (const int count : {0, 1, 2, 3}) {
    Chat& chat = Run(To(absl::StrCat("/abort/", count)), [](WebSocketPeerTest&, Chat& chat) -> Task<> {
      for (;;) {
        absl::optional<std::string> message = co_await Receive(chat);
        if (!message.has_value()) break;
        chat.log.push_back(*message);
      }
    });
    ASSERT_FALSE(chat.log.empty());
    EXPECT_EQ(chat.log.back().substr(0, 12), "disconnected");
    // A reset may overtake what was on its way, but not what was sent before it.
    for (size_t i = 0; i + 1 < chat.log.size(); ++i) EXPECT_EQ(chat.log[i], absl::StrCat("message ", i));
    if (count % 2 != 0) EXPECT_EQ(chat.log.size(), count + 1u);
    EXPECT_EQ(chat.socket->close_code(), kCloseAbnormal);
  }
}

TEST_F(WebSocketPeerTest, AFloodPausesReadingAndLosesNothing) {
  Chat& chat = Run(To("/flood/3000"), [](WebSocketPeerTest& self, Chat& chat) -> Task<> {
    for (int i = 0;; ++i) {
      absl::optional<std::string> message = co_await Receive(chat);
      if (!message.has_value()) break;
      std::string expected;
      for (int copy = 0; copy < 1000; ++copy) absl::StrAppend(&expected, i, ",");
      EXPECT_TRUE(*message == expected) << i;
      const Name name = chat.socket->name();
      const absl::Time rested = self.loop().Now() + absl::Milliseconds(1);
      if (i % 100 == 0) co_await SleepUntil(self.loop(), name, rested);
    }
    co_await Close(chat, kCloseNormal, "");
  });
  EXPECT_EQ(chat.log, std::vector<std::string>{"closed 1000 "});
  EXPECT_GT(observer.pauses, 0u);
}

TEST_F(WebSocketPeerTest, TheSameThroughTls) {
  MessagesOfAllSizes();
  WebSocketOptions to = To("");
  to.url = absl::StrCat("wss://localhost:", server->port(1), "/echo/0");
  to.compress.emplace();
  Chat& chat = Run(std::move(to), SendAndReceive);
  EXPECT_EQ(chat.socket->close_code(), kCloseNormal);
  WebSocketOptions cut = To("");
  cut.url = absl::StrCat("wss://localhost:", server->port(1), "/abort/2");
  Chat& aborted = Run(std::move(cut), [](WebSocketPeerTest&, Chat& chat) -> Task<> {
    for (;;) {
      absl::optional<std::string> message = co_await Receive(chat);
      if (!message.has_value()) break;
    }
  });
  EXPECT_EQ(aborted.log.back().substr(0, 12), "disconnected");
}

TEST_F(WebSocketPeerTest, ASubprotocolIsAgreedUpon) {
  WebSocketOptions to = To("/echo/0");
  to.protocols = {"echo.v1", "echo.v2"};
  messages.push_back({MessageType::kText, "hello"});
  EXPECT_EQ(Run(std::move(to), SendAndReceive).socket->subprotocol(), "echo.v2");
}

TEST_F(WebSocketPeerTest, AMessageThatIsTooLargeForUsClosesWithItsCode) {
  WebSocketOptions to = To("/echo/0");
  to.message_bytes_max = 1000;
  Chat& chat = Run(std::move(to), [](WebSocketPeerTest&, Chat& chat) -> Task<> {
    Result<void> sent = co_await chat.socket->Send(MessageType::kBinary, Slice::Copy(Noise(1, 1001)));
    EXPECT_TRUE(sent.ok());
    absl::optional<std::string> answer = co_await Receive(chat);
    EXPECT_FALSE(answer.has_value());
    Result<void> closed = co_await chat.socket->Close(kCloseNormal, "");
    EXPECT_FALSE(closed.ok());
  });
  EXPECT_EQ(chat.log.back().substr(0, 8), "protocol") << chat.log.back();
}

TEST_F(WebSocketPeerTest, AnHttpRequestForAWebSocketIsAnsweredWithAnError) {
  RequestOptions request;
  request.url = absl::StrCat("http://127.0.0.1:", server->port(0), "/echo/0");
  testing::RealFetch& fetch = Start(std::move(request));
  RunUntil([&] { return fetch.done; });
  EXPECT_EQ(fetch.Outcome(), "426");
}

}  // namespace
}  // namespace client
