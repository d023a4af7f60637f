#include <stdio.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/async/deadline.h"
#include "client/async/signal.h"
#include "client/async/task_group.h"
#include "client/websocket/websocket.h"
#include "tools/fetch/descriptor.h"
#include "tools/fetch/fetch.h"
#include "tools/fetch/input.h"

namespace wavetank {
namespace {

using client::MakeName;
using client::MessageType;
using client::Result;
using client::Slice;
using client::SpawnedTask;
using client::Task;
using client::WebSocket;
using client::WebSocketMessage;

constexpr absl::Duration kLastPing = absl::Seconds(5);

// What the two tasks of a conversation share.
struct Conversation {
  Conversation(const Fetch& fetch, WebSocket& socket)
      : fetch(fetch),
        socket(socket),
        input(fetch.loop, MakeName(fetch.loop, fetch.name, "stdin"), STDIN_FILENO, Descriptor::Owner::kOthers, "stdin"),
        output(fetch.loop, MakeName(fetch.loop, fetch.name, "stdout"), STDOUT_FILENO, Descriptor::Owner::kOthers,
               "stdout") {}

  const Fetch& fetch;
  WebSocket& socket;
  Descriptor input;
  Descriptor output;
  bool sent = false;      // all there is
  bool received = false;  // nothing more will come
  absl::optional<client::ClientError> error;
  client::Signal changed;
};

Task<Result<void>> ReceiveAll(Conversation& self) {
  for (;;) {
    Result<absl::optional<WebSocketMessage>> message = co_await self.socket.Receive();
    if (!message.ok()) co_return message.error();
    if (!message->has_value()) co_return Result<void>();
    Slice line = Slice::Copy(absl::StrCat((*message)->text(), "\n"));
    Result<void> written = co_await self.output.Write(std::move(line));
    if (!written.ok()) co_return written;
  }
}

Task<> Receiver(Conversation& self) {
  Result<void> outcome = co_await ReceiveAll(self);
  if (!outcome.ok() && !self.error.has_value()) self.error = outcome.error();
  self.received = true;
  self.changed.Wake();
}

Task<Result<void>> SendAll(Conversation& self) {
  for (const std::string& message : self.fetch.options.messages) {
    Result<void> sent = co_await self.socket.Send(MessageType::kText, Slice::Copy(message));
    if (!sent.ok()) co_return sent;
  }
  if (!self.fetch.options.messages.empty()) co_return Result<void>();
  LineReader lines(self.input);
  for (;;) {
    Result<absl::optional<std::string>> line = co_await lines.Next();
    if (!line.ok()) co_return line.error();
    if (!line->has_value()) co_return Result<void>();
    Result<void> sent = co_await self.socket.Send(MessageType::kText, Slice::Copy(**line));
    if (!sent.ok()) co_return sent;
  }
}

Task<> Sender(Conversation& self) {
  Result<void> outcome = co_await SendAll(self);
  if (!outcome.ok() && !self.error.has_value()) self.error = outcome.error();
  self.sent = true;
  self.changed.Wake();
}

Outcome EndOf(const Conversation& self) {
  if (self.error.has_value()) return OutcomeOf(*self.error);
  const uint16_t code = self.socket.close_code();
  const absl::string_view reason = self.socket.close_reason();
  const std::string said = absl::StrCat("the server closed: ", code, reason.empty() ? "" : " ", reason);
  if (code == client::kCloseNormal || code == client::kCloseNoStatus || code == client::kCloseGoingAway) {
    if (!self.sent && !self.fetch.options.quiet) fprintf(stderr, "wavetank: %s\n", said.c_str());
    return Outcome();
  }
  return Outcome{kFetchRejected, said};
}

}  // namespace

Task<Outcome> Talk(Fetch fetch) {
  client::EventLoop& loop = fetch.loop;
  client::WebSocketOptions options;
  options.name = MakeName(loop, fetch.name, "socket");
  options.url = fetch.options.url;
  options.headers = fetch.options.headers;
  Result<std::unique_ptr<WebSocket>> socket = co_await fetch.session.ConnectWebSocket(std::move(options));
  if (!socket.ok()) co_return OutcomeOf(socket.error());

  Conversation self(fetch, **socket);
  SpawnedTask receiver(loop, MakeName(loop, fetch.name, "receiver"), Receiver(self));
  SpawnedTask sender(loop, MakeName(loop, fetch.name, "sender"), Sender(self));
  const client::WaitReason either{"an end of", (*socket)->name()};
  while (!self.sent && !self.received) co_await self.changed.Wait(either);
  if (!self.received && !self.error.has_value()) {
    const client::Name fence = MakeName(loop, fetch.name, "last_ping");
    const absl::Time deadline = loop.Now() + kLastPing;
    // Whether the pong comes or not, it is time to say goodbye; and if all has ended meanwhile, Close() says so.
    std::optional<Result<void>> pong = co_await client::Within(loop, fence, deadline, (*socket)->Ping());
    static_cast<void>(pong.has_value());
  }
  Result<void> closed = co_await (*socket)->Close(client::kCloseNormal, "");
  co_await receiver.Join();
  if (!closed.ok() && !self.error.has_value() && !self.received) self.error = closed.error();
  co_return EndOf(self);
}

}  // namespace wavetank
