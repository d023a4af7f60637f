// The facts of the wire, as the simulated network and the scripted servers see them. The laws count with these; they
// never ask the client.
//
// Called synchronously in the step in which the thing happens. Every method does nothing by default.
#ifndef SIM_NET_WIRE_OBSERVER_H_
#define SIM_NET_WIRE_OBSERVER_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/string_view.h"
#include "client/base/name.h"

namespace sim {

using client::Name;

// Which end of a connection.
enum class End : uint8_t { kClient, kServer };

class WireObserver {
 public:
  virtual ~WireObserver() = default;

  // The client's socket, by the name that the client gave the connection: from the start of a connect, over its
  // outcome, to the moment when the client's end is destroyed. `host_port` is "10.0.0.1:80".
  virtual void SocketOpened(Name connection, absl::string_view host_port) {}
  virtual void SocketConnected(Name connection) {}
  virtual void SocketFailed(Name connection, absl::string_view why) {}  // while connecting; it is closed then
  virtual void SocketClosed(Name connection) {}

  virtual void LookupStarted(Name lookup, absl::string_view host) {}
  virtual void LookupEnded(Name lookup) {}  // answered, failed or cancelled

  // Flow control of the client's end.
  virtual void ReadingPaused(Name connection) {}
  virtual void ReadingResumed(Name connection) {}

  // Bytes: accepted from a writer, and handed to the protocol at the other end (`to`).
  virtual void BytesSent(Name connection, End from, absl::string_view bytes) {}
  virtual void BytesReceived(Name connection, End to, absl::string_view bytes) {}
  virtual void FinSent(Name connection, End from) {}
  virtual void FinReceived(Name connection, End to) {}
  virtual void Reset(Name connection, End from) {}  // by an end, or by a fault (then `from` is the end it hits)
  virtual void LossReported(Name connection, End to) {}  // ConnectionLost() was called

  // A connection that speaks TLS, from its start: the bytes above are not the client's to understand, but these, which
  // were handed to it in full records, and close_notify.
  virtual void Encrypted(Name connection) {}
  virtual void PlainReceived(Name connection, absl::string_view bytes) {}
  virtual void PlainEnded(Name connection) {}

  // A connection that leads to a proxy, from its start: when it is open, a tunnel may still have to be asked for. What
  // is said about that is none of the bytes above, but for the request, which counts as received with the answer.
  virtual void Proxied(Name connection) {}
  // There is a tunnel to `host_port`: from now on its bytes are those above, as if nothing were in between.
  virtual void Tunnelled(Name connection, absl::string_view host_port) {}
};

// What a scripted server says of the exchanges on its end. `request` is the client's name of the request, which
// travels in a header field; `ordinal` counts the requests of a connection from 1.
class ServerObserver {
 public:
  virtual ~ServerObserver() = default;

  virtual void RequestBegan(Name connection, uint32_t ordinal) {}  // its first byte arrived
  virtual void RequestHead(Name connection, uint32_t ordinal, Name request) {}
  virtual void Continued(Name connection, Name request) {}  // it was told 100 Continue: its body is wanted
  virtual void RequestBody(Name connection, Name request, uint64_t offset, absl::string_view bytes) {}
  virtual void RequestComplete(Name connection, Name request, uint64_t body_bytes) {}
  // What arrived is not a request, or not where one may begin.
  virtual void RequestMalformed(Name connection, uint32_t ordinal, absl::string_view why) {}

  // The body of the response that begins next is encoded: it is the repeating pattern, of so many bytes before that;
  // kUndecodable if the end of what was encoded is missing.
  static constexpr uint64_t kUndecodable = ~uint64_t{0};
  virtual void ResponseEncoded(Name connection, Name request, uint64_t plain_bytes) {}
  // A response of `body_bytes` in all begins; `until_close` where only FIN ends it.
  virtual void ResponseBegan(Name connection, Name request, int status, uint64_t body_bytes, bool until_close) {}
  // The head of the response that has begun, with so many fields; `digest` is HeadDigest() of sim/http/head_digest.h.
  virtual void HeadSent(Name connection, Name request, size_t fields, uint64_t digest) {}
  virtual void ResponseComplete(Name connection, Name request) {}  // its last byte was handed to the transport
  // By its script it will never answer, or never go on with its answer: it owes nothing any more, and who waits for it
  // without a timeout waits rightly.
  virtual void Silent(Name connection, Name request) {}
  // What it says on this connection follows no rule: it is nothing that anybody could owe, or be held to.
  virtual void Untruthful(Name connection) {}

  // WebSockets. `socket` is the client's name of the request that asked for it. What a message holds follows from `key`
  // (see FillMessage() in sim/world/pattern.h): one of its own, or that of the client's message that it echoes.
  virtual void WebSocketAccepted(Name connection, Name socket) {}  // 101 is about to be sent
  virtual void CompressionAgreed(Name socket) {}  // of the messages of both ends
  virtual void MessageBegan(Name socket, Name key, bool text, uint64_t bytes) {}  // to be sent
  virtual void MessageSent(Name socket) {}  // the last one that began, to its last frame
  virtual void MessageArrived(Name socket, bool text, absl::string_view bytes) {}
  virtual void PingIgnored(Name socket) {}  // by its script it does not answer pings
  virtual void CloseSent(Name socket, uint16_t code) {}
  virtual void CloseArrived(Name socket, uint16_t code) {}
  // What arrived is no frame, or not where it may come.
  virtual void FramesMalformed(Name connection, Name socket, absl::string_view why) {}
};

// How long a user lets the parts of a request take, as client::ClientTimeout says it. Nanoseconds.
struct Patience {
  static constexpr int64_t kEndless = std::numeric_limits<int64_t>::max();

  int64_t total_ns = kEndless;
  int64_t connect_ns = kEndless;
  int64_t sock_connect_ns = kEndless;
  int64_t sock_read_ns = kEndless;

  bool endless() const { return std::min({total_ns, connect_ns, sock_connect_ns, sock_read_ns}) == kEndless; }
};

// What a user of a WebSocket has asked for. Nanoseconds, bytes.
struct SocketTerms {
  int64_t heartbeat_ns = 0;  // 0: none
  int64_t close_timeout_ns = 0;
  uint64_t high_water = 0;  // of the queue of messages
};

// What a read of a body promises: at least and at most so many bytes; with a delimiter, up to and including the first.
struct ReadTerms {
  uint64_t least = 1;
  uint64_t most = std::numeric_limits<uint64_t>::max();
  absl::string_view delimiter;
};

// What the workload did and saw, as the user of the client.
class WorkloadObserver {
 public:
  virtual ~WorkloadObserver() = default;

  // A task of the workload, and the operations in it.
  virtual void TaskStarted(Name task) {}
  virtual void TaskEnded(Name task, bool cancelled) {}
  // `request` is the name handed to the client, a child of `task`.
  virtual void OperationStarted(Name task, Name request, absl::string_view what) {}
  // The body of the request has so many bytes, if its source gives them all.
  virtual void UploadPlanned(Name request, uint64_t body_bytes) {}
  // The timeouts of the request; without it there are none.
  virtual void PatienceSet(Name request, const Patience& patience) {}
  // The source of the body is about to give `bytes` more.
  virtual void UploadGiven(Name request, uint64_t bytes) {}
  virtual void OperationEnded(Name task, Name request, bool ok, absl::string_view error) {}
  virtual void OperationCancelled(Name task, Name request) {}  // by the workload; no outcome will come

  // The head of the response to `request`, as its user was given it.
  virtual void HeadRead(Name request, size_t fields, uint64_t digest) {}
  // A read of the body of the response to `request` has given `bytes`, the end not being one of its ways to end.
  virtual void PartRead(Name request, const ReadTerms& terms, absl::string_view bytes) {}
  // It has failed, and has left everything where it was, though no end or error of the body has come.
  virtual void ReadRefused(Name request, const ReadTerms& terms) {}
  // The body of the response to `request`, as it was given to the user, in order.
  virtual void BodyRead(Name request, uint64_t offset, absl::string_view bytes) {}
  virtual void BodyEnded(Name request, uint64_t total) {}                          // cleanly
  virtual void BodyFailed(Name request, uint64_t total, absl::string_view error, bool session_closed, bool timed_out) {}
  virtual void BodyDropped(Name request, uint64_t total) {}  // released, closed or abandoned before its end

  // WebSockets, by the names of the requests that ask for them.
  virtual void WebSocketPlanned(Name socket, const SocketTerms& terms) {}
  // A message of so many bytes is about to be sent; what it holds follows from `key`. Accepted: the send succeeded.
  virtual void MessageGiven(Name socket, Name key, bool text, uint64_t bytes) {}
  virtual void MessageAccepted(Name socket, Name key) {}
  virtual void MessageReceived(Name socket, bool text, absl::string_view bytes) {}
  // The end of what is received, once: cleanly, or by an error.
  virtual void MessagesEnded(Name socket, uint16_t close_code) {}
  virtual void MessagesFailed(Name socket, absl::string_view error, uint16_t close_code) {}
  virtual void ClosingStarted(Name socket) {}
  virtual void ClosingEnded(Name socket, bool ok, absl::string_view error) {}
  virtual void SessionClosing() {}  // from now on

  // A handle that was neither closed nor destroyed: the response to a request, the session, or a task with all that it
  // holds, which does not go on. The collector has it from now on, until it destroys it.
  virtual void Abandoned(Name handle) {}
  virtual void Collected(Name handle) {}
};

}  // namespace sim

#endif  // SIM_NET_WIRE_OBSERVER_H_
