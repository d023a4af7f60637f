// What the ledger keeps: one plain record for each connection, exchange, request, payload and task of a run.
//
// "Fact" fields were counted by the simulated network, by the scripted servers or by the workload. "Claim" fields are
// the client's own words: they lend names and say who belongs to whom, and a law never rests its case on them alone
// where a fact exists.
#ifndef SIM_ORACLE_RECORDS_H_
#define SIM_ORACLE_RECORDS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "client/base/error.h"
#include "client/base/name.h"
#include "sim/net/wire_observer.h"
#include "sim/oracle/frame_tracker.h"
#include "sim/oracle/response_tracker.h"

namespace sim {

inline constexpr size_t kClientEnd = static_cast<size_t>(End::kClient);
inline constexpr size_t kServerEnd = static_cast<size_t>(End::kServer);

// A socket of the client, kept to the end of the run.
struct ConnectionRecord {
  enum class Socket : uint8_t { kNone, kConnecting, kOpen, kFailed, kClosed };
  enum class Use : uint8_t {
    kFresh,   // not handed out yet
    kLeased,  // `holder` has it
    kIdle,    // back in the pool
    kGivenUp  // the pool has let it go
  };

  Name name;

  // Facts.
  Socket socket = Socket::kNone;
  std::string host_port;  // "10.0.0.1:80"
  bool paused = false;    // the client does not read
  int64_t paused_since_ns = 0;
  int64_t opened_ns = 0;  // the start of the connect
  int64_t active_ns = 0;  // the client was handed bytes, or began to read again
  std::array<uint64_t, 2> sent{};      // bytes taken from the writer at that end
  std::array<uint64_t, 2> received{};  // bytes handed to the protocol at that end
  std::array<bool, 2> fin_sent{};
  std::array<bool, 2> fin_received{};
  std::array<bool, 2> loss_reported{};
  bool reset = false;
  bool encrypted = false;    // it speaks TLS; what was sent and received are its records, not what they hold
  bool plain_ended = false;  // it speaks TLS, and the client was handed the peer's close_notify
  bool proxied = false;      // it leads to a proxy
  bool tunnelled = false;    // ... which has opened a tunnel: what is sent and received is what goes through that
  bool untruthful = false;   // what the server says follows no rule; then it is silent as well
  std::string said;          // then: what was handed to the client
  bool silent = false;       // the server will not say anything any more, before it knew a request
  uint32_t exchanges = 0;    // requests that the server saw begin
  ResponseTracker tracker;
  uint32_t responses = 0;    // that were handed to the client in full
  uint64_t unsolicited = 0;  // bytes handed to the client that belong to no response
  bool crossed = false;      // some of them when it had sent a request: it must take them for the response

  // Claims.
  Name key;        // of the pool: "pool/a.test:80"
  Use use = Use::kFresh;
  bool draining = false;  // in kLeased: its holder has let it go, and the pool drains what is left of the response
  Name holder;     // the last request that was given it
  Name paused_by;  // a payload
  uint32_t leases = 0;
  uint64_t sent_before = 0;   // bytes that the client had sent when the last lease began
  uint64_t upload_given = 0;  // bytes that the holder's body source has given since then
  int64_t idle_since_ns = 0;  // in kIdle
  int64_t idled_ns = 0;       // how long it had been idle when the last lease began
  uint32_t heads = 0;  // final heads that the client gave to requests

  bool exists() const { return socket == Socket::kConnecting || socket == Socket::kOpen; }
  bool open() const { return socket == Socket::kOpen; }
  // It is not anybody's yet: the client connects, asks for a tunnel, or shakes hands.
  bool connecting() const {
    return socket == Socket::kConnecting || ((encrypted || proxied) && open() && use == Use::kFresh);
  }
  // The client has been told that nothing more will come.
  bool ended_for_client() const { return fin_received[kClientEnd] || loss_reported[kClientEnd]; }
};

// A request as a server saw it, and the response that it gave. Facts.
struct ExchangeRecord {
  // Of an encoded body whose own end is missing, though its framing is whole: it never comes to an end.
  static constexpr uint64_t kUndecodable = ServerObserver::kUndecodable;

  Name connection;
  uint32_t ordinal = 0;  // on its connection, from 1
  Name request;          // empty until its head has come
  bool complete = false;  // the request, to its last byte
  bool malformed = false;
  uint64_t request_body_bytes = 0;
  bool silent = false;

  bool response_began = false;
  int status = 0;
  size_t head_fields = 0;
  uint64_t head_digest = 0;  // 0: no head was sent
  bool until_close = false;
  uint64_t body_bytes = 0;  // in all, as the response promises
  bool encoded = false;     // the body, to be decoded by the client
  uint64_t plain_bytes = 0;  // if it is: in all, once decoded; kUndecodable
  bool response_complete = false;  // by the server

  // What of it was handed to the client, by the framing on the wire.
  uint64_t body_delivered = 0;  // bytes
  bool delivered = false;       // to its last byte; where only the end of the connection says so, that end
};

// A request of the client's. Claims, except where a user of the client says what he saw.
struct RequestRecord {
  enum class Phase : uint8_t {
    kNone,     // the client has not said anything of it
    kStarted,  // between two of the others: it is being opened a connection
    kQueued,   // waits for a slot
    kHead,     // has a connection, and waits for the head of the response
    kBody,
    kEnded
  };

  Name name;
  Phase phase = Phase::kNone;
  bool idempotent = false;  // by its method, RFC 9110 section 9.2.2
  bool head = false;        // by its method
  bool live = false;        // started and neither ended nor cancelled
  uint32_t starts = 0;
  uint32_t ends = 0;  // and cancellations
  bool cancelled = false;
  bool failed = false;
  client::ErrorKind error = client::ErrorKind::kUsage;                // with failed
  client::TimeoutKind timeout = client::TimeoutKind::kNone;           // with kTimeout
  uint64_t started_at = 0;  // how many had queued by then, in the pools of all hosts
  int64_t sent_ns = -1;     // when the client had handed the last byte of it to the transport, on this connection
  int64_t wants_ns = 0;     // since when it wants a connection, if it has been sent on another one before
  Name connection;          // the last one it was given
  Name payload;             // the body of its response

  // What the user saw of the body. Facts.
  uint64_t body_read = 0;  // bytes
  uint32_t body_ends = 0;  // clean ends, failures and drops
};

// What a user of the client does with one request: facts of the workload.
struct OperationRecord {
  Name task;
  Name request;
  std::string what;
  int64_t started_ns = 0;
  Patience patience;
  uint64_t upload_bytes = 0;  // of the request's body, in all
  uint32_t ends = 0;  // and cancellations
  bool cancelled = false;
  bool ok = false;
  bool pending() const { return ends == 0; }
};

// The body of a response, or a queue of messages. Claims.
struct PayloadRecord {
  Name name;
  Name connection;
  Name request;
  uint64_t fed = 0;   // bytes
  uint64_t read = 0;  // bytes
  uint64_t claimed_buffered = 0;
  uint32_t ends = 0;  // eofs and errors
  bool eof = false;
  bool failed = false;
  client::ErrorKind error = client::ErrorKind::kUsage;                // with failed
  client::TimeoutKind timeout = client::TimeoutKind::kNone;           // with kTimeout
  bool destroyed = false;
  bool messages = false;  // a queue of them, of a WebSocket
  uint32_t feeds = 0;
  uint32_t reads = 0;

  uint64_t buffered() const { return fed - read; }
  // Something is left that its user can read. A message may be empty.
  bool readable() const { return messages ? feeds > reads : buffered() > 0; }
};

// A message of a WebSocket, by what it holds: see MessageKey().
struct MessageRecord {
  Name key;
  bool text = false;
  uint64_t bytes = 0;
  bool done = false;  // its sender has handed over its last byte
};

// A WebSocket: facts, from its user, its server, and the frames that the client was handed.
struct WebSocketRecord {
  Name name;  // of the request that asked for it
  Name connection;
  SocketTerms terms;
  bool accepted = false;  // by the server
  bool compressed = false;  // messages are, both ways

  std::vector<MessageRecord> given;  // by the user, to be sent
  size_t arrived = 0;                // of these, up to the last one that the server has had
  bool close_sent = false;           // the server's
  bool close_arrived = false;        // the client's, at the server
  bool ignores_pings = false;        // the server does

  std::vector<MessageRecord> sent;  // by the server
  FrameTracker tracker;             // of what the client was handed
  uint64_t delivered_bytes = 0;     // of the messages that it was handed in full
  int64_t active_ns = 0;            // when it was last handed bytes, or the 101
  int64_t silence_ns = 0;           // how long it had been handed nothing before that

  size_t received = 0;  // by the user
  uint64_t received_bytes = 0;
  uint32_t ends = 0;  // of what is received: clean ones and failures
  bool closing = false;  // the user or the session has begun to close it
  bool closed = false;   // ... and the user was told how that ended
  int64_t closing_since_ns = 0;
  int64_t closing_first_ns = 0;  // when the first of the two began
};

// A request's stay in the queue of the pool. Claims.
struct WaiterRecord {
  Name key;
  Name request;
  uint64_t since = 0;  // how many have queued by then, with this one
  bool queued = true;
  std::array<uint8_t, 7> unused{};  // equal entries have equal bytes
  Name overtook;  // who had waited longer when this one left; empty if nobody
};

struct LookupRecord {
  Name name;
  std::string host;
  bool pending = true;
};

struct TaskRecord {
  Name name;
  bool ended = false;
  bool cancelled = false;
  std::array<uint8_t, 6> unused{};  // equal entries have equal bytes
};

}  // namespace sim

#endif  // SIM_ORACLE_RECORDS_H_
