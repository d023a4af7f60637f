// A WebSocket (RFC 6455), the client's end: messages both ways, pings, and a close that ends in bounded time.
//
//   WebSocketOptions options;
//   options.name = MakeName(loop, parent, "chat", 1);
//   options.url = "ws://a.test/chat";
//   Result<std::unique_ptr<WebSocket>> socket = co_await session.ConnectWebSocket(std::move(options));
//   if (!socket.ok()) co_return socket.error();
//   Result<void> sent = co_await (*socket)->Send(MessageType::kText, Slice::Static("hello"));
//   for (;;) {
//     Result<absl::optional<WebSocketMessage>> message = co_await (*socket)->Receive();
//     if (!message.ok() || !message->has_value()) break;
//   }
//   Result<void> closed = co_await (*socket)->Close(kCloseNormal, "");
//
//   1. Messages are received in order, each whole. The peer's Close is the end: none, and close_code() says why. A
//      connection that ends without a Close is an error, behind the messages that had come.
//   2. Messages are contiguous on the wire: one send at a time, the others wait in the order of their arrival; only
//      control frames go between the fragments of a message. A send that is cancelled, or fails, in the middle of a
//      message ends the connection: nothing could be said after it.
//   3. A queue of messages that is full pauses the connection's reading. After our Close it is never paused, and what
//      still comes is dropped.
//   4. Whatever breaks the protocol is answered with a Close frame of the right code; after that nothing is received.
//   5. Closing takes `close_timeout` at most, whatever the peer does and however full the queue is. It goes on if the
//      task that awaits it is cancelled.
//   6. Every end wakes everyone: receivers, senders, pings, closers.
//   7. Where compression is agreed, a fragment is compressed in the step in which it is written: what is cancelled was
//      neither, and both ends go on with the same window.
//   8. Destroying a socket that is open gives its connection back as any unread response does: it is closed, since the
//      queue is not at its end. The observer hears NotClosed(). No operation may be pending then.
#ifndef CLIENT_WEBSOCKET_WEBSOCKET_H_
#define CLIENT_WEBSOCKET_WEBSOCKET_H_

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/async/async_event.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/waiter.h"
#include "client/base/error.h"
#include "client/base/intrusive_list.h"
#include "client/base/name.h"
#include "client/base/references.h"
#include "client/base/slice.h"
#include "client/http/flow_control.h"
#include "client/http/headers.h"
#include "client/http/payload.h"
#include "client/http/upgrade.h"
#include "client/net/client_observer.h"
#include "client/net/entropy.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "client/websocket/deflate_parameters.h"
#include "client/websocket/frame_codec.h"
#include "client/websocket/message.h"
#include "client/websocket/message_deflate.h"
#include "client/websocket/message_queue.h"

namespace client {

struct WebSocketOptions {
  Name name;                           // of the request, and the parent of "messages"
  std::string url;                     // ws://
  Headers headers;                     // besides those of the handshake
  std::vector<std::string> protocols;  // offered, the preferred one first
  // Offered: permessage-deflate (RFC 7692). Messages are compressed if the server takes it, all of them. Must be valid.
  absl::optional<DeflateParameters> compress;
  size_t message_bytes_max = 4 << 20;  // of a message received
  size_t fragment_bytes = 64 << 10;    // what is longer is sent in fragments, with back-pressure in between
  MessageQueue::Limits queue;
  // A ping is sent when nothing came for so long; if nothing comes for another half of it, the connection has failed.
  // Any byte is a sign of life. Stands still while reading is paused.
  absl::Duration heartbeat = absl::InfiniteDuration();
  absl::Duration close_timeout = absl::Seconds(10);
  bool auto_pong = true;  // false: pings and pongs are received as messages, and Pong() is the user's
};

// Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2).
std::string WebSocketAccept(absl::string_view key);

class WebSocket final : public NamedObject,
                        private UpgradedProtocol,
                        private FrameDecoder::Events,
                        private FlowControl {
 public:
  // For ClientSession::ConnectWebSocket(): not connected yet. None of the references is owned.
  WebSocket(EventLoop& loop, ClientObserver& observer, Entropy& entropy, WebSocketOptions options);
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;
  ~WebSocket() override;

  // The fields that ask for the upgrade, added to the user's (RFC 6455 section 4.1).
  Headers HandshakeHeaders() const;
  UpgradedProtocol& protocol() { return *this; }
  // Takes the connection on which protocol() has accepted the upgrade. Once.
  void Adopt(std::unique_ptr<UpgradedConnection> connection);

  // Sends one message and waits for room to write on; kText or kBinary. Text must be UTF-8, else kUsage.
  // Cancel safety: before its turn nothing was sent; in the middle of a message of several fragments the connection is
  // ended; behind its last fragment the message goes out all the same.
  Task<Result<void>> Send(MessageType type, Slice data);
  // The same, a fragment for each slice that `source` gives. If it fails, so do the send and the connection.
  Task<Result<void>> SendStream(MessageType type, std::unique_ptr<BodySource> source);

  // Result<absl::optional<WebSocketMessage>>: none once the peer has closed. One at a time.
  // Cancel safety: no message is lost.
  MessageQueue::ReceiveAwaiter Receive();

  // Sends a ping and waits for its pong, or that of a later ping. Cancel safety: the pong is then nobody's.
  Task<Result<void>> Ping();
  // A pong that answers a ping (auto_pong off), or nothing: at most 125 bytes, else kUsage.
  Result<void> Pong(absl::string_view payload);

  // Says goodbye and waits until the connection has ended. An error if the peer did not say goodbye as well: kTimeout,
  // kDisconnected, or what had ended the connection before. `code` must be sendable, else kUsage. Later calls wait too.
  // Cancel safety: the closing goes on.
  Task<Result<void>> Close(uint16_t code, std::string reason);

  absl::string_view subprotocol() const { return subprotocol_; }  // what the server chose; empty if none
  const absl::optional<DeflateParameters>& compression() const { return compression_; }  // what was agreed; or none
  bool closed() const { return state_ == State::kClosed; }        // the connection has ended
  uint16_t close_code() const { return close_code_; }  // the peer's; kCloseAbnormal if it ended without one; 0 before
  absl::string_view close_reason() const { return close_reason_; }
  const MessageQueue& queue() const { return *queue_; }
  Name name() const override { return options_.name; }
  absl::string_view what() const override { return "websocket"; }
  void VisitReferences(ReferenceVisitor& visitor) const override;
  std::string DebugString() const;  // "websocket open: queue 2 messages, 1024 bytes; between messages"

 private:
  enum class State : uint8_t { kConnecting, kOpen, kClosing, kClosed };
  struct SenderTag;
  struct PingTag;
  class Turn;
  class UnfinishedMessage;
  struct PendingPing;

  // UpgradedProtocol.
  Result<void> Upgraded(const Headers& headers, Transport& transport, FlowControl& flow) override;
  void DataReceived(Slice bytes) override;
  void EofReceived() override;
  void PauseWriting() override { writable_.Clear(); }
  void ResumeWriting() override;
  Result<void> Lost(const ClientError& error) override;
  void Closing() override;
  Name payload() const override { return queue_name_; }
  bool IsEof() const override;

  // FrameDecoder::Events.
  void OnMessage(WebSocketMessage message) override;
  void OnPing(Slice payload) override;
  void OnPong(Slice payload) override;
  void OnClose(uint16_t code, absl::string_view reason) override;

  // FlowControl, for the queue: the heartbeat stands still while reading is paused.
  void PauseReading() override;
  void ResumeReading() override;

  Result<void> CheckHandshake(const Headers& headers);
  Result<void> CanSend() const;
  void Write(FrameOpcode opcode, bool fin, absl::string_view payload);
  void WriteData(FrameOpcode opcode, bool fin, absl::string_view payload);
  Task<Result<void>> Room();
  void PassTurn();
  void SendPing();
  void SignOfLife();
  void HeartbeatElapsed();
  void StartClosing(uint16_t code, absl::string_view reason);
  void FailWith(const ClientError& error, uint16_t code);
  void End(absl::string_view why, const ClientError* error);
  void Ended(const ClientError* error);
  Result<void> Outcome() const;  // error_, or ok
  void ReleaseImplicitly();

  EventLoop& loop_;
  ClientObserver& observer_;
  Entropy& entropy_;
  const WebSocketOptions options_;
  const Name queue_name_;
  const std::string key_;
  std::string subprotocol_;
  absl::optional<DeflateParameters> compression_;
  State state_ = State::kConnecting;
  bool close_sent_ = false;
  bool close_received_ = false;
  bool heartbeat_pinged_ = false;  // and nothing came since
  uint16_t close_code_ = 0;
  std::string close_reason_;
  absl::optional<ClientError> error_;  // why the connection ended, or is about to; none after the peer's Close
  FrameDecoder decoder_;
  absl::optional<MessageDeflater> deflater_;
  absl::optional<MessageQueue> queue_;  // from the upgrade on
  Transport* transport_ = nullptr;      // null before the upgrade and after the end
  FlowControl* flow_ = nullptr;         // the same
  std::unique_ptr<UpgradedConnection> connection_;
  bool sending_ = false;  // somebody has the turn
  WaitList senders_;      // who wait for it
  AsyncEvent writable_;   // the transport has room, or there is nothing to wait for any more
  AsyncEvent ended_;
  uint64_t pings_ = 0;
  IntrusiveList<PendingPing, PingTag> pending_pings_;  // oldest first
  absl::optional<Slice> pong_owed_;  // to the last ping that came while there was no room
  Timer heartbeat_timer_;
  Timer close_timer_;
};

}  // namespace client

#endif  // CLIENT_WEBSOCKET_WEBSOCKET_H_
