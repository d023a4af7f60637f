// The protocol of one connection: bytes in, responses out, and whether the connection may be used again.
//
// It owns the transport. One Exchange at a time uses it: its head and its body are filled in as they arrive, and it is
// told once how it ended. Between exchanges the connection is idle; a byte or an eof there ends it.
//
//   1. ShouldClose() is the verdict on reuse, in one expression, at any moment.
//   2. The end of a body is fed when the bytes that held it have been parsed to their end, so that bytes behind it are
//      known by then: they are unsolicited.
//   3. A body that was cut ends in OnFailed(), never in FeedEof(). Only a body framed by the end of the connection ends
//      cleanly with it, and only if that was not a reset (RFC 9112 section 8).
//   4. sock_read runs while the peer owes bytes (the request was sent, or its response has begun) and reading is not
//      paused; every byte starts it anew.
//   5. The handler is never closed while on_stack(): its exchange's callbacks run inside a callback of the transport.
//      The owner waits until that has returned; see Connector. Requests share the handler, and may keep it beyond that:
//      what it was and did can still be asked. The error that it keeps is dropped when it is closed, so that nobody is
//      kept alive by a connection that is over.
//   6. A response that is given up when little of it is left is drained: the connection stays busy with nobody's bytes,
//      for a bounded time, and is idle or broken then.
//   7. Interim responses are skipped (RFC 9110 section 15.2); a 101 that nobody asked for is an error. After one that
//      was asked for, and accepted, bytes go to the exchange's UpgradedProtocol until the end of the exchange.
#ifndef CLIENT_HTTP_RESPONSE_HANDLER_H_
#define CLIENT_HTTP_RESPONSE_HANDLER_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/references.h"
#include "client/base/slice.h"
#include "client/http/flow_control.h"
#include "client/http/headers.h"
#include "client/http/http_parser.h"
#include "client/http/response_head.h"
#include "client/http/stream_reader.h"
#include "client/http/stream_writer.h"
#include "client/http/upgrade.h"
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

 protected:
  explicit Exchange(Name name) : name_(name) {}
  ~Exchange() = default;

  // Set before Begin().
  const Name name_;
  bool head_request_ = false;  // the response has no body, whatever its head says
  bool close_after_ = false;   // the request says "Connection: close"
  uint32_t attempt_ = 0;       // tells the body's name from those of the request's earlier exchanges
  absl::Duration sock_read_ = absl::InfiniteDuration();
  StreamReader::Limits read_limits_;
  UpgradedProtocol* upgrade_ = nullptr;  // what the request asks to go over to; not owned

  // The request, as far as it is written. The writer is present from Begin() on.
  absl::optional<StreamWriter> writer_;

  // The response, as far as it has come. The body is present once the head is there, unless that is an upgrade's.
  ResponseHead head_;
  Headers trailers_;
  absl::optional<StreamReader> body_;

 private:
  friend class ResponseHandler;

  // All are synchronous, on the connection's stack.
  virtual void OnInformational(int status) {}  // an interim response, 100 to 199
  virtual void OnHead() = 0;     // head_ and body_ are there; or upgrade_ has taken the connection over
  virtual void OnBodyEof() = 0;  // the last byte of the body has been fed; may give the connection back
  // The response will not be completed. Must not leave body_ without SetError(). Not called after OnBodyEof().
  virtual void OnFailed(const ClientError& error) = 0;
};

class ResponseHandler final : public NamedObject, public Protocol, public FlowControl, private HttpParser::Events {
 public:
  // Who keeps the connection between exchanges.
  class Owner {
   public:
    virtual ~Owner() = default;
    // ShouldClose() has become true while no exchange was under way. Synchronous, on the connection's stack.
    virtual void OnBroken() = 0;
    // The response that Drain() was asked to drain has come to its end. The same.
    virtual void OnDrained() = 0;
  };

  // `owner` is not owned, as the others. Starts the callbacks of `transport`, whose name is the connection's.
  ResponseHandler(EventLoop& loop, ClientObserver& observer, std::unique_ptr<Transport> transport, Owner& owner,
                  const HttpLimits& limits);
  ResponseHandler(const ResponseHandler&) = delete;
  ResponseHandler& operator=(const ResponseHandler&) = delete;
  ~ResponseHandler() override;  // Close()

  // Closes the connection, with a goodbye to the peer if nothing was given up before its end. Its owner is not called
  // any more. Idempotent.
  void Close();

  // Begins an exchange and writes the head of its request; its body goes through `writer_`. False if the connection is
  // broken already: then OnFailed() was called. Requires that no exchange is under way.
  bool Begin(Exchange& exchange, Slice head, const BodyFraming& framing);
  // The last byte of the request was handed to the transport: `writer_` is complete().
  void RequestWritten();
  // The exchange is over or given up: nothing of it is touched any more. Idempotent.
  void Detach();
  // Detach(), and reads what is left of the response to nowhere, within `timeout`, and no more than `bytes_max` (the
  // lines of chunks count; the last read may be larger). Ends with OnDrained() or OnBroken(), or with Close() at any
  // time. False, and nothing has happened, if that would not make the connection fit for reuse: the request is not sent
  // to its end, the length or either side says no.
  bool Drain(uint64_t bytes_max, absl::Duration timeout);
  bool draining() const { return draining_; }
  bool busy() const { return exchange_ != nullptr; }
  // Of the last exchange: whether there had been another before it, and whether a byte has come in answer to it.
  bool reused() const { return reused_; }
  bool answered() const { return answered_; }

  // Ends the exchange under way with OnFailed(), which may close this handler unless it is on_stack().
  void Fail(const ClientError& error);

  // Whether the connection may not serve another request.
  bool ShouldClose() const;
  // Why, in words; empty if it may.
  absl::string_view WhyClose() const;

  // With what the last request failed, as its user is told; none after Close().
  void KeepError(const ClientError& error) { error_ = error; }
  const absl::optional<ClientError>& error() const { return error_; }

  bool on_stack() const { return on_stack_; }
  Name name() const override { return name_; }
  absl::string_view what() const override { return "connection"; }
  void VisitReferences(ReferenceVisitor& visitor) const override {
    if (error_.has_value()) visitor.Holds(*error_);
  }
  std::string DebugString() const;  // "connection: response, body, 100 of 200 bytes, reading paused"

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

  // HttpParser::Events.
  void OnInformational(MessageHead& head) override { exchange_->OnInformational(head.status); }
  void OnHead(MessageHead& head) override;
  void OnBody(absl::string_view part) override;
  void OnTrailers(Headers& trailers) override;
  void OnMessageComplete() override;

  void Feed();
  void Upgrade(Slice rest);
  void FinishMessage();
  Name PayloadName() const;
  void Break(absl::string_view why);
  ClientError EndedEarly(const Result<void>& ended, const Result<void>& loss);
  bool PayloadOwed() const;
  void UpdateTimer();
  void SockReadElapsed();
  bool WorthDraining(uint64_t bytes_max) const;
  void DrainedMore();

  EventLoop& loop_;
  ClientObserver& observer_;
  Owner& owner_;
  const Name name_;
  HttpParser parser_;
  Exchange* exchange_ = nullptr;
  UpgradedProtocol* protocol_ = nullptr;  // of the exchange, once it has taken the connection over
  bool draining_ = false;                 // the rest of a response that was given up
  uint64_t drain_left_ = 0;               // bytes that it may still have
  Slice input_;                      // of the Feed() on the stack
  absl::Duration sock_read_;         // of the last exchange
  bool on_stack_ = false;
  bool message_complete_ = false;    // in the Feed() on the stack
  bool request_written_ = true;      // the last request, to its end
  bool cut_ = false;                 // an exchange was given up before its end
  bool close_requested_ = false;     // by either side
  bool failed_ = false;              // a protocol error, a timeout, a lost connection
  bool eof_received_ = false;
  bool unsolicited_ = false;         // bytes that nobody asked for
  bool used_ = false;                // an exchange has begun on it
  bool reused_ = false;
  bool answered_ = false;
  bool upgraded_ = false;            // the bytes are another protocol's
  absl::string_view why_;            // a literal; with failed_
  absl::optional<ClientError> error_;
  Timer sock_read_timer_;
  Timer drain_timer_;
  std::unique_ptr<Transport> transport_;  // null after Close()
};

}  // namespace client

#endif  // CLIENT_HTTP_RESPONSE_HANDLER_H_
