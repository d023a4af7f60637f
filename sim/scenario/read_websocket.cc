// WebSockets: what servers and users do on them.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/websocket/message.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/scenario_reader.h"

namespace sim {
namespace {

constexpr uint64_t kMessagesMax = 100'000;

uint64_t Largest(const SizePlan& size) { return *std::max_element(size.menu().begin(), size.menu().end()); }

}  // namespace

MessagePlan ScenarioReader::ReadMessage(const Node& message) {
  MessagePlan plan;
  plan.bytes = Size(message, "bytes", "bytes_menu", 0, 0, kBufferMax);
  plan.type = static_cast<MessagePlan::Type>(message.Enum("type"));
  return plan;
}

SocketPlan ScenarioReader::ReadSocket(const Node& socket) {
  SocketPlan plan;
  plan.heartbeat_ns = Duration(socket, "heartbeat", 0);
  plan.close_timeout_ns = Duration(socket, "close_timeout", plan.close_timeout_ns);
  plan.low_water = Bytes(socket, "low_water", plan.low_water, 0, kBufferMax);
  plan.high_water = Bytes(socket, "high_water", plan.high_water, 1, kBufferMax);
  plan.fragment = Bytes(socket, "fragment", plan.fragment, 1, kBufferMax);
  plan.compress = ReadDeflate(socket);
  if (plan.low_water > plan.high_water) errors_.push_back(socket.Error("low_water", "low_water: above high_water"));
  return plan;
}

absl::optional<client::DeflateParameters> ScenarioReader::ReadDeflate(const Node& node) {
  if (!node.Has("compress")) return absl::nullopt;
  const Node deflate = node.Sub("compress");
  client::DeflateParameters plan;
  const auto window = [this, &deflate](const char* field) {
    using client::DeflateParameters;
    return static_cast<int>(Bytes(deflate, field, DeflateParameters::kWindowBitsMax, DeflateParameters::kWindowBitsMin,
                                  DeflateParameters::kWindowBitsMax));
  };
  plan.client_max_window_bits = window("client_max_window_bits");
  plan.server_max_window_bits = window("server_max_window_bits");
  plan.client_no_context_takeover = deflate.Flag("client_no_context_takeover");
  plan.server_no_context_takeover = deflate.Flag("server_no_context_takeover");
  return plan;
}

void ScenarioReader::CheckMessages(const Node& node, const SizePlan& count, const MessagePlan& message) {
  if (Largest(count) * Largest(message.bytes) <= kBodyMax) return;
  errors_.push_back(node.Error("messages", "messages: more than 64 MiB in all"));
}

uint16_t ScenarioReader::CloseCode(const Node& node, const char* field) {
  const uint64_t code = node.Has(field) ? node.Number(field) : uint64_t{client::kCloseNormal};
  if (code <= 4999 && client::IsSendableCloseCode(static_cast<uint16_t>(code))) return static_cast<uint16_t>(code);
  errors_.push_back(node.Error(field, absl::StrCat(field, ": ", code, " must not be sent in a Close")));
  return client::kCloseNormal;
}

void ScenarioReader::ReadWebSocket(const Node& response, ResponsePlan* plan) {
  if (!response.Has("websocket")) return;
  for (const char* field : {"status", "body", "early", "connection_close", "stray", "hangs_up"}) {
    if (!response.Has(field)) continue;
    errors_.push_back(response.Error(field, absl::StrCat(field, ": not of the path of a WebSocket")));
  }
  for (const char* field : {"trailers", "informational"}) {
    if (response.Count(field) == 0) continue;
    errors_.push_back(response.Error(field, absl::StrCat(field, ": not of the path of a WebSocket")));
  }
  if (plan->silent != ResponsePlan::Silent::kNo && plan->silent != ResponsePlan::Silent::kBeforeHead) {
    errors_.push_back(response.Error("silent", "silent: on a WebSocket, BEFORE_HEAD, or ending: FALLS_SILENT"));
  }
  const Node node = response.Sub("websocket");
  plan->is_websocket = true;
  WebSocketPlan& socket = plan->websocket;
  socket.wrong_accept = node.Flag("wrong_accept");
  socket.messages = Size(node, "messages", "messages_menu", 0, 0, kMessagesMax);
  socket.message = ReadMessage(node.Sub("message"));
  socket.echo = node.Flag("echo");
  socket.fragment = Size(node, "fragment", "fragment_menu", 0, 0, kBufferMax);
  socket.delay_ns = Duration(node, "delay", 0);
  socket.ping_every = static_cast<uint32_t>(Bytes(node, "ping_every", 0, 1, kMessagesMax));
  socket.pongs = !node.Flag("no_pong");
  socket.ending = static_cast<WebSocketPlan::Ending>(node.Enum("ending"));
  socket.close_code = CloseCode(node, "close_code");
  socket.ignores_close = node.Flag("ignores_close");
  socket.close_delay_ns = Duration(node, "close_delay", 0);
  socket.compress = ReadDeflate(node);
  if (socket.echo && socket.ending != WebSocketPlan::Ending::kStays) {
    errors_.push_back(node.Error("ending", "who echoes stays: it never knows that nothing more will come"));
  }
  if (node.Has("close_code") && socket.ending != WebSocketPlan::Ending::kCloses) {
    errors_.push_back(node.Error("close_code", "close_code belongs to ending: CLOSES"));
  }
  const std::vector<uint64_t>& fragments = socket.fragment.menu();
  for (const uint64_t fragment : fragments) CheckPieces(node, "fragment", Largest(socket.message.bytes), fragment);
  CheckMessages(node, socket.messages, socket.message);
}

void ScenarioReader::ReadConnectWebSocket(const Node& connect, StepPlan* plan) {
  plan->url = ReadUrl(connect);
  if (!plan->url.empty()) plan->url.replace(0, 4, "ws");  // http
  ReadOperationTimeout(connect, plan);
  plan->socket = ReadSocket(connect.Sub("socket"));
}

void ScenarioReader::ReadSend(const Node& send, StepPlan* plan) {
  plan->messages = Size(send, "messages", "messages_menu", 1, 0, kMessagesMax);
  plan->message = ReadMessage(send.Sub("message"));
  plan->background = send.Flag("background");
  plan->patience_ns = Duration(send, "patience", 0);
  CheckMessages(send, plan->messages, plan->message);
  if (!send.Has("parts")) return;
  const Node parts = send.Sub("parts");
  plan->upload = ReadUpload(parts);
  if (parts.Has("bytes") || parts.Count("bytes_menu") > 0 || parts.Has("chunked")) {
    errors_.push_back(parts.Error("parts: how much is said by message, and its parts are fragments"));
  }
  if (plan->message.type != MessagePlan::Type::kBinary) {
    errors_.push_back(send.Sub("message").Error("type", "type: parts are of binary messages"));
  }
  const std::vector<uint64_t>& pieces = plan->upload.piece.menu();
  for (const uint64_t piece : pieces) CheckPieces(parts, "piece", Largest(plan->message.bytes), piece);
}

void ScenarioReader::ReadReceive(const Node& receive, StepPlan* plan) {
  plan->messages = Bytes(receive, "messages", 1, 1, kMessagesMax);
  plan->to_end = receive.Flag("to_end");
  plan->delay_ns = Duration(receive, "delay", 0);
  plan->patience_ns = Duration(receive, "patience", 0);
  plan->any_way = AnyWay(receive);
  if (plan->to_end && receive.Has("messages")) {
    errors_.push_back(receive.Error("messages", "both messages and to_end"));
  }
  if (plan->any_way && plan->patience_ns > 0) {
    errors_.push_back(receive.Error("any_way", "both any_way and patience"));
  }
}

}  // namespace sim
