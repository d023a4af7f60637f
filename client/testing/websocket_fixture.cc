#include "client/testing/websocket_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace client::testing {
namespace {

// What the client has sent, as messages.
class ServerEnd final : public FrameDecoder::Events {
 public:
  void OnMessage(WebSocketMessage message) override {
    absl::StrAppend(&log, message.type == MessageType::kText ? "text[" : "binary[",
                    message.data.size() < 100 ? std::string(message.text()) : absl::StrCat(message.data.size()), "]");
  }
  void OnPing(Slice payload) override { absl::StrAppend(&log, "ping[", payload.size(), "]"); }
  void OnPong(Slice payload) override { absl::StrAppend(&log, "pong[", payload.view(), "]"); }
  void OnClose(uint16_t code, absl::string_view reason) override {
    absl::StrAppend(&log, "close[", code, reason.empty() ? "" : " ", reason, "]");
  }
  std::string log;
};

std::string Words(const Result<void>& result) { return result.ok() ? "ok" : result.error().DebugString(); }

Task<> ConnectIt(ClientSession& session, WebSocketOptions options, std::unique_ptr<WebSocket>& socket,
                 std::string& out) {
  Result<std::unique_ptr<WebSocket>> connected = co_await session.ConnectWebSocket(std::move(options));
  if (!connected.ok()) {
    out = connected.error().DebugString();
    co_return;
  }
  socket = *std::move(connected);
  out = "ok";
}

Task<> ReceiveAll(WebSocket& socket, size_t count, std::string& out) {
  out.clear();
  for (size_t i = 0; i < count; ++i) {
    Result<absl::optional<WebSocketMessage>> message = co_await socket.Receive();
    if (!message.ok() || !message->has_value()) {
      absl::StrAppend(&out, message.ok() ? "end" : message.error().DebugString());
      co_return;
    }
    absl::StrAppend(&out, (*message)->data.size() < 100 ? std::string((*message)->text()) : "long", ";");
  }
}

Task<> SendOne(WebSocket& socket, MessageType type, Slice data, std::string& out) {
  const Result<void> sent = co_await socket.Send(type, std::move(data));
  out = Words(sent);
}
Task<> SendMany(WebSocket& socket, MessageType type, std::unique_ptr<BodySource> source, std::string& out) {
  const Result<void> sent = co_await socket.SendStream(type, std::move(source));
  out = Words(sent);
}
Task<> PingOnce(WebSocket& socket, std::string& out) {
  const Result<void> answered = co_await socket.Ping();
  out = Words(answered);
}
Task<> CloseIt(WebSocket& socket, uint16_t code, std::string& out) {
  const Result<void> closed = co_await socket.Close(code, "bye");
  out = Words(closed);
}
Task<> CloseAll(ClientSession& session, std::string& out) {
  co_await session.Close();
  out = "ok";
}

}  // namespace

Task<Result<Slice>> ScriptedSource::Next() {
  if (next_ == parts_.size()) co_return Slice();
  co_return parts_[next_++];
}

std::string WebSocketFixture::Answer(absl::string_view more) {
  return absl::StrCat("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
                      "Sec-WebSocket-Accept: ", kAccept, "\r\n", more, "\r\n");
}
std::string WebSocketFixture::Frame(FrameOpcode opcode, absl::string_view payload, bool fin) {
  return std::string(EncodeFrame(opcode, fin, payload, nullptr).view());
}
std::string WebSocketFixture::CloseFrame(uint16_t code) {
  return std::string(EncodeCloseFrame(code, "", nullptr).view());
}

void WebSocketFixture::Forget() {
  operations.clear();
  socket.reset();
}

void WebSocketFixture::ExpectAllClean() {
  Forget();
  ExpectClean();
  EXPECT_EQ(observer.Count("PayloadOpened"), observer.Count("PayloadDestroyed"));
  EXPECT_EQ(observer.Count("PayloadOpened"), observer.Count("PayloadEof") + observer.Count("PayloadError"));
}

Operation& WebSocketFixture::Spawn(Task<> task, Operation& operation) {
  const auto number = static_cast<uint32_t>(operations.size());
  operation.task.emplace(loop, MakeName(loop, Name(), "operation", number), std::move(task));
  Run();
  return operation;
}

Task<> WebSocketFixture::Connect(std::string& out) {
  socket_options.name = MakeName(loop, Name(), "chat", ++sockets);
  socket_options.url = "ws://a.test/chat";
  return ConnectIt(session(), socket_options, socket, out);
}

Operation& WebSocketFixture::StartConnect() {
  Operation& operation = operations.emplace_back();
  return Spawn(Connect(operation.outcome), operation);
}
Operation& WebSocketFixture::Receive(size_t count) {
  Operation& operation = operations.emplace_back();
  return Spawn(ReceiveAll(*socket, count, operation.outcome), operation);
}
Operation& WebSocketFixture::Send(std::string data, MessageType type) {
  Operation& operation = operations.emplace_back();
  return Spawn(SendOne(*socket, type, Slice::Copy(data), operation.outcome), operation);
}
Task<> WebSocketFixture::SendText(std::string data, std::string& out) {
  return SendOne(*socket, MessageType::kText, Slice::Copy(data), out);
}
Operation& WebSocketFixture::SendStream(MessageType type, std::vector<Result<Slice>> parts) {
  Operation& operation = operations.emplace_back();
  auto source = std::make_unique<ScriptedSource>(std::move(parts));
  return Spawn(SendMany(*socket, type, std::move(source), operation.outcome), operation);
}
Operation& WebSocketFixture::Ping() {
  Operation& operation = operations.emplace_back();
  return Spawn(PingOnce(*socket, operation.outcome), operation);
}
Operation& WebSocketFixture::Close(uint16_t code) {
  Operation& operation = operations.emplace_back();
  return Spawn(CloseIt(*socket, code, operation.outcome), operation);
}
Operation& WebSocketFixture::CloseSession() {
  Operation& operation = operations.emplace_back();
  return Spawn(CloseAll(session(), operation.outcome), operation);
}

void WebSocketFixture::Open(absl::string_view more) {
  Operation& connect = StartConnect();
  network.last().Send(absl::StrCat(Answer(), more));
  Run();
  ASSERT_EQ(connect.outcome, "ok");
  network.last().written.clear();
}

void WebSocketFixture::Peer(absl::string_view bytes) {
  network.last().Send(bytes);
  Run();
}

std::string WebSocketFixture::Sent(const absl::optional<DeflateParameters>& agreed) {
  ServerEnd server;
  FrameDecoder decoder(WebSocketRole::kServer, 1 << 24, server);
  if (agreed.has_value()) decoder.EnableDeflate(*agreed);
  const Result<void> fed = decoder.Feed(Slice::Copy(network.last().written));
  if (!fed.ok()) absl::StrAppend(&server.log, fed.error().message());
  if (decoder.buffered() > 0) absl::StrAppend(&server.log, "+", decoder.buffered());
  return server.log;
}

}  // namespace client::testing
