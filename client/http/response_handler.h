// The protocol of one connection: bytes in, responses out, and whether the connection may be used again.
//
// It owns the transport. One Exchange at a time uses it: its head and its body are filled in as they arrive, and it is
// told once how it ended. Between exchanges the connection is idle; a byte or an eof there ends it.
//
//   1. ShouldClose() is the verdict on reuse, in one expression, at any moment.
//   2. The end of a body is fed when the bytes that held it have been parsed to their end, so that bytes behind it are
//      known by then: they are unsolicited.
//   3. A body that was cut ends in SetError(), never in FeedEof().
//   4. sock_read runs while the peer owes bytes (the request was sent, or its response has begun) and reading is not
//      paused; every byte starts it anew.
//   5. The handler is never destroyed while on_stack(): its exchange's callbacks run inside a callback of the
//      transport. The owner waits until that has returned; see Connector.
//   6. Interim responses are skipped (RFC 9110 15.2); 101 without an upgrade asked for is an error.
#ifndef CLIENT_HTTP_RESPONSE_HANDLER_H_
#define CLIENT_HTTP_RESPONSE_HANDLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/async/signal.h"
#include "client/async/waiter.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/http/flow_control.h"
#include "client/http/headers.h"
#include "client/http/http_parser.h"
#include "client/http/stream_reader.h"
#include "client/http/stream_writer.h"
#include "client/net/client_observer.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"

namespace client {

class ResponseHandler;

// One request and its response on a connection, as the connection sees it. Owned by whoever makes the request.
class Exchange {
 public:
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Name name() const { return name_; }
  const ResponseHead& head() const { return head_; }
  const Headers& trailers() const { return trailers_; }
  // Present once the head has arrived.
  absl::optional<StreamReader>& body() { return body_; }
  const absl::optional<StreamReader>& body() const { return body_; }

 protected:
  explicit Exchange(Name name) : name_(name) {}
  ~Exchange() = default;

  Name name_;
  bool to_head_ = false;        // of a HEAD request: the response has no body, whatever its head says
  bool close_after_ = false;    // the request said "Connection: close"
  bool written_ = false;        // the whole request was handed to the transport
  absl::Duration sock_read_ = absl::InfiniteDuration();
  StreamReader::Limits read_limits_{};
  absl::optional<StreamWriter> writer_;  // of the request's body

  ResponseHead head_;
  Headers trailers_;
  absl::optional<StreamReader> body_;

 private:
  friend class ResponseHandler;

  // The head has arrived and body() is there. Synchronous, on the connection's stack.
  virtual void OnHead() = 0;
  // The last byte of the body has been fed. Synchronous; may give the connection back.
  virtual void OnBodyEof() = 0;
  // The connection is of no more use to the exchange. Synchronous; must end in Detach(). Never after OnBodyEof().
  virtual void OnFailed(const ClientError& error) = 0;
};

class ResponseHandler final : public Protocol, public FlowControl, private HttpParser::Events {
 public:
  // Who keeps the connection between exchanges.
  class Owner {
   public:
    virtual ~Owner() = default;
    // ShouldClose() has become true while no exchange was under way. Synchronous, on the connection's stack.
    virtual void ConnectionBroken(ResponseHandler& handler) = 0;
  };

  ResponseHandler(EventLoop& loop, ClientObserver& observer, std::unique_ptr<Transport> transport, Owner& owner,
                  const HttpLimits& limits);
  ResponseHandler(const ResponseHandler&) = delete;
  ResponseHandler& operator=(const ResponseHandler&) = delete;
  ~ResponseHandler() override;  // closes the connection

  // Begins an exchange: writes `head`, the serialized head of the request, with the body or without.
  // Requires that none is under way.
  void Begin(Exchange& exchange, Slice head);
  // The last byte of the request was handed to the transport.
  void RequestWritten();
  // The exchange has ended or is given up; nothing of it is touched any more. Idempotent.
  void Detach();
  Exchange* exchange() const { return exchange_; }

  // Whether the connection may not serve another request.
  bool ShouldClose() const;
  // Says why, in words: "the response was cut", "the server asked for it". Empty if it need not be closed.
  absl::string_view WhyClose() const;

  bool on_stack() const { return on_stack_; }
  Name name() const { return name_; }
  Transport& transport() { return *transport_; }
  std::string DebugString() const;  // "connection: idle", "connection: body, reading paused"

  // FlowControl, for the reader of the body.
  void PauseReading() override;
  void ResumeReading() override;

 private:
  class StackGuard;

  // Protocol.
  void DataReceived(Slice bytes) override;
  void EofReceived() override;
  void ConnectionLost(Result<void> error) override;
  void PauseWriting() override;
  void ResumeWriting() override;

  void Feed(Slice bytes);
  void MessageComplete();
  void Ended(const absl::optional<ClientError>& cause);
  void Fail(const ClientError& error);
  void Break(absl::string_view why);
  void SockReadElapsed();
  bool PeerOwesBytes() const;
  void UpdateTimer();

  EventLoop& loop_;
  ClientObserver& observer_;
  Owner& owner_;
  Name name_;
  HttpParser parser_;
  Exchange* exchange_ = nullptr;
  Timer sock_read_timer_;
  bool on_stack_ = false;
  std::unique_ptr<Transport> transport_;  // last: it calls this handler until it is gone
};

}  // namespace client

#endif  // CLIENT_HTTP_RESPONSE_HANDLER_H_
