// What users do on a WebSocket.

#include <limits>
#include <utility>

#include "absl/time/time.h"
#include "client/async/deadline.h"
#include "sim/http/request_id.h"
#include "sim/workload/pattern_source.h"
#include "sim/workload/workload.h"
#include "sim/world/pattern.h"

namespace sim {

using client::ClientError;
using client::ErrorKind;
using client::MessageType;
using client::NameKind;
using client::Result;
using client::Slice;
using client::Task;
using client::WebSocketMessage;

namespace {

Slice MakeContent(Name key, bool text, uint64_t bytes) {
  if (bytes == 0) return Slice();
  client::Buffer* buffer = client::Buffer::New(static_cast<size_t>(bytes));
  FillMessage(key, text, buffer->data(), static_cast<size_t>(bytes));
  return Slice::Adopt(buffer, 0, static_cast<size_t>(bytes));
}

}  // namespace

Task<bool> Workload::ConnectWebSocket(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  operation.request = client::MakeName(world_.loop(), run.name, NameKind::FromStable(step.word), step.number);
  operation.running = true;
  observer_.OperationStarted(run.name, operation.request, "WEBSOCKET");
  if (session_ == nullptr) {
    const ClientError gone(ErrorKind::kSessionClosed, "the session was abandoned");
    co_return Fail(run, operation, step, gone);
  }
  auto socket = std::make_unique<Socket>(world_, operation.request);
  client::WebSocketOptions options = MakeWebSocket(step, operation.request);
  absl::optional<client::ClientTimeout> timeout;
  if (step.own_timeout) timeout = step.timeout;
  auto connecting = session_->ConnectWebSocket(std::move(options), timeout);
  Result<std::unique_ptr<client::WebSocket>> connected = co_await connecting;
  if (!connected.ok()) co_return Fail(run, operation, step, connected.error());
  socket->websocket = std::move(connected).value();
  operation.socket = std::move(socket);
  co_return true;
}

client::WebSocketOptions Workload::MakeWebSocket(const StepPlan& step, Name request) {
  const SocketPlan& plan = step.socket;
  client::WebSocketOptions options;
  options.name = request;
  options.url = step.url;
  options.headers.Add(kRequestHeader, FormatRequestId(request));
  options.message_bytes_max = std::numeric_limits<uint32_t>::max();
  options.fragment_bytes = static_cast<size_t>(plan.fragment);
  options.compress = plan.compress;
  options.queue.low_water = static_cast<size_t>(plan.low_water);
  options.queue.high_water = static_cast<size_t>(plan.high_water);
  if (plan.heartbeat_ns > 0) options.heartbeat = absl::Nanoseconds(plan.heartbeat_ns);
  options.close_timeout = absl::Nanoseconds(plan.close_timeout_ns);
  observer_.PatienceSet(request, PatienceOf(step.own_timeout ? step.timeout : plan_.client.timeout));
  observer_.WebSocketPlanned(request, {.heartbeat_ns = plan.heartbeat_ns,
                                       .close_timeout_ns = plan.close_timeout_ns,
                                       .high_water = plan.high_water});
  return options;
}

Task<bool> Workload::Send(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  if (operation.socket == nullptr) co_return true;
  Socket& socket = *operation.socket;
  if (step.background) {
    const Name name = client::MakeName(world_.loop(), operation.request, "send", ++socket.batches);
    const Name timer = client::MakeName(world_.loop(), name, "sleep");
    socket.sends.Spawn(name, SendInBackground(socket, operation.request, step, timer));
    co_return true;
  }
  Task<Result<void>> sending = SendMessages(socket, operation.request, step, run.sleep);
  Result<void> sent = co_await sending;
  if (!sent.ok()) co_return Fail(run, operation, step, sent.error());
  co_return true;
}

Task<> Workload::SendInBackground(Socket& socket, Name request, StepPlan step, Name timer) {
  Task<Result<void>> sending = SendMessages(socket, request, step, timer);
  const Result<void> sent = co_await sending;
  (void)sent;  // the end of the WebSocket says it to whoever receives
}

Task<Result<void>> Workload::SendMessages(Socket& socket, Name request, const StepPlan& step, Name timer) {
  const uint64_t messages = step.messages.Draw(world_, request);
  for (uint64_t i = 0; i < messages; ++i) {
    Task<Result<void>> sending = SendMessage(socket, request, step, timer);
    Result<void> sent = co_await sending;
    if (!sent.ok()) co_return sent;
  }
  co_return Result<void>();
}

Task<Result<void>> Workload::SendMessage(Socket& socket, Name request, const StepPlan& step, Name timer) {
  const uint64_t number = socket.given++;
  const Name key = MessageKey(request, /*from_client=*/true, number);
  const bool text = step.message.IsText(number);
  const uint64_t bytes = step.message.bytes.Draw(world_, request);
  const MessageType type = text ? MessageType::kText : MessageType::kBinary;
  observer_.MessageGiven(request, key, text, bytes);
  Task<Result<void>> sending;
  if (step.upload.present) {
    std::unique_ptr<client::BodySource> parts = std::make_unique<PatternSource>(world_, observer_, step.upload, key,
                                                                               bytes, plan_.faults.body_source);
    sending = socket.websocket->SendStream(type, std::move(parts));
  } else {
    sending = socket.websocket->Send(type, MakeContent(key, text, bytes));
  }
  if (step.patience_ns == 0) {
    Result<void> sent = co_await sending;
    if (sent.ok()) observer_.MessageAccepted(request, key);
    co_return sent;
  }
  const absl::Time until = world_.loop().Now() + absl::Nanoseconds(step.patience_ns);
  client::Within<Result<void>> within(world_.loop(), timer, until, std::move(sending));
  std::optional<Result<void>> sent = co_await within;
  if (!sent.has_value()) co_return Result<void>();  // given up
  if (sent->ok()) observer_.MessageAccepted(request, key);
  co_return *std::move(sent);
}

Task<bool> Workload::Receive(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  uint64_t left = step.to_end ? std::numeric_limits<uint64_t>::max() : step.messages.Draw(world_, operation.request);
  while (left-- > 0 && operation.socket != nullptr) {
    Socket& socket = *operation.socket;
    if (step.delay_ns > 0) {
      const absl::Time until = world_.loop().Now() + absl::Nanoseconds(step.delay_ns);
      co_await client::SleepUntil(world_.loop(), run.sleep, until, TimerKind::kUser);
    }
    Received message = absl::optional<WebSocketMessage>();
    if (step.patience_ns > 0) {
      Task<std::optional<Received>> receiving = ReceiveWithin(run, socket, step.patience_ns);
      std::optional<Received> received = co_await receiving;
      if (!received.has_value()) co_return true;
      message = *std::move(received);
    } else {
      Task<Received> receiving = ReceiveAnyWay(run, operation, step);
      Received received = co_await receiving;
      message = std::move(received);
    }
    const uint16_t code = socket.websocket->close_code();
    const bool first_end = !std::exchange(socket.ended, !message.ok() || !message->has_value());
    if (!message.ok()) {
      if (first_end) observer_.MessagesFailed(operation.request, message.error().DebugString(), code);
      co_return Fail(run, operation, step, message.error());
    }
    if (!message->has_value()) {
      if (first_end) observer_.MessagesEnded(operation.request, code);
      co_return true;
    }
    const bool text = (*message)->type == MessageType::kText;
    observer_.MessageReceived(operation.request, text, (*message)->text());
  }
  co_return true;
}

Task<Workload::Received> Workload::ReceiveAnyWay(Run& run, Operation& operation, const StepPlan& step) {
  constexpr uint32_t kTries = 3;
  constexpr int64_t kPatienceNs = 1'000'000;
  const uint32_t tries = step.any_way ? world_.Choose(Label::kWorkloadNext, operation.request, kTries + 1) : 0;
  for (uint32_t i = 0; i < tries; ++i) {
    Task<std::optional<Received>> receiving = ReceiveWithin(run, *operation.socket, kPatienceNs);
    std::optional<Received> received = co_await receiving;
    if (received.has_value()) co_return *std::move(received);
  }
  Task<Received> plain = ReceiveOnce(*operation.socket);
  Received received = co_await plain;
  co_return received;
}

// Nothing if no message comes in time: then it is cancelled.
Task<std::optional<Workload::Received>> Workload::ReceiveWithin(Run& run, Socket& socket, int64_t patience_ns) {
  const absl::Time until = world_.loop().Now() + absl::Nanoseconds(patience_ns);
  client::Within<Received> within(world_.loop(), run.sleep, until, ReceiveOnce(socket));
  std::optional<Received> received = co_await within;
  co_return received;
}

Task<Workload::Received> Workload::ReceiveOnce(Socket& socket) {
  Received received = co_await socket.websocket->Receive();
  co_return received;
}

Task<bool> Workload::Ping(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  if (operation.socket == nullptr) co_return true;
  if (step.background) {
    const Name name = client::MakeName(world_.loop(), operation.request, "ping", ++operation.socket->batches);
    operation.socket->sends.Spawn(name, PingInBackground(*operation.socket));
    co_return true;
  }
  Task<Result<void>> pinging = operation.socket->websocket->Ping();
  Result<void> pong = co_await pinging;
  if (!pong.ok()) co_return Fail(run, operation, step, pong.error());
  co_return true;
}

Task<> Workload::PingInBackground(Socket& socket) {
  Task<Result<void>> pinging = socket.websocket->Ping();
  const Result<void> pong = co_await pinging;
  (void)pong;
}

Task<bool> Workload::CloseWebSocket(Run& run, const StepPlan& step) {
  Operation& operation = run.operations[step.operation];
  if (operation.socket == nullptr) co_return true;
  observer_.ClosingStarted(operation.request);
  Task<Result<void>> closing = operation.socket->websocket->Close(step.close_code, "");
  Result<void> closed = co_await closing;
  observer_.ClosingEnded(operation.request, closed.ok(), closed.ok() ? "" : closed.error().DebugString());
  if (!closed.ok()) co_return Fail(run, operation, step, closed.error());
  if (operation.running) EndOperation(run, operation, true, "");
  co_return true;
}

void Workload::GiveUpSocket(Run& run, Operation& operation, StepPlan::Kind kind) {
  if (operation.running) EndOperation(run, operation, true, "");
  if (kind == StepPlan::Kind::kAbandon) {
    collector_.Abandon(operation.request, std::move(operation.socket));
  }
  operation.socket.reset();
}

}  // namespace sim
