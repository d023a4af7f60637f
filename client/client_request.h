// One request from its start to its end: waits for a connection, writes the head and the body, receives the response.
//
// It is owned by the task of ClientSession::Request() first, and by the ClientResponse later. Whatever ends it (the
// last byte, a failure, a timeout, the session, its destructor) gives everything back in that step: its place in the
// queue, the connection, the writer, the timer, its place in the session.
//
//   1. The body travels with the declared length of its Payload or, if that is unknown, chunked (RFC 9112 section 6). A
//      source that gives more or fewer bytes than declared fails the request with kBodySource.
//   2. Head and body of the response may come before the body of the request is sent. A status of 300 and above stops
//      the sending (RFC 9110 section 15); so does the end of the response. A connection on which a request was not sent
//      to its end is closed after the response.
//   3. The body of the response is a payload named after the request, "download#1/body"; the task that sends the
//      request's is "download#1/writer".
#ifndef CLIENT_CLIENT_REQUEST_H_
#define CLIENT_CLIENT_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "client/async/waiter.h"
#include "client/base/error.h"
#include "client/base/intrusive_list.h"
#include "client/base/name.h"
#include "client/base/slice.h"
#include "client/client_options.h"
#include "client/connector.h"
#include "client/http/content_decoder.h"
#include "client/http/headers.h"
#include "client/http/payload.h"
#include "client/http/response_handler.h"
#include "client/http/upgrade.h"
#include "client/net/event_loop.h"

namespace client {

class ClientRequest;
class ClientResponse;

struct RequestOptions {
  Name name;  // the request's identity in traces; made by the caller, different for each request
  std::string method = "GET";
  std::string url;
  Headers headers;                        // Host, Accept-Encoding and the framing of the body are added
  std::unique_ptr<Payload> body;          // null: none
  absl::optional<ClientTimeout> timeout;  // the session's, if absent
};

struct RequestTag;
struct DrainTag;

// The requests of a session that have not ended.
class RequestList {
 public:
  class DrainAwaiter;

  explicit RequestList(Name session) : session_(session) {}
  RequestList(const RequestList&) = delete;
  RequestList& operator=(const RequestList&) = delete;
  ~RequestList();  // requires that it is empty; wakes who waits

  void Add(ClientRequest& request) { requests_.PushBack(request); }
  void Remove(ClientRequest& request);  // idempotent
  bool empty() const { return requests_.empty(); }
  size_t size() const { return requests_.size(); }
  ClientRequest* front() const { return requests_.front(); }
  ClientRequest* Next(const ClientRequest& request) const { return requests_.Next(request); }

  // Waits for a moment at which the list is empty; false if the list has gone. Cancel safety: nothing is consumed.
  DrainAwaiter Drained();

 private:
  Name session_;
  IntrusiveList<ClientRequest, RequestTag> requests_;
  IntrusiveList<DrainAwaiter, DrainTag> drains_;
};

class RequestList::DrainAwaiter : public ListNode<DrainTag> {
 public:
  explicit DrainAwaiter(RequestList& list)
      : list_(&list), waiter_(WaitReason{"the requests of", list.session_}) {}
  bool await_ready() const { return list_->empty(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle) {
    waiter_.Suspend(handle);
    list_->drains_.PushBack(*this);
  }
  bool await_resume() const { return list_ != nullptr; }

 private:
  friend class RequestList;
  RequestList* list_;
  Waiter waiter_;
};

inline RequestList::DrainAwaiter RequestList::Drained() { return DrainAwaiter(*this); }

class ClientRequest final : public ListNode<RequestTag>, private Exchange {
 public:
  // None of them is used after the end of the request, the observer and the loop excepted.
  ClientRequest(const ClientEnvironment& environment, const ClientOptions& options, Connector& connector,
                RequestList& list, RequestOptions&& request);
  ~ClientRequest();

  // Cancel safety: see ClientSession::Request().
  static Task<Result<std::unique_ptr<ClientResponse>>> Run(std::unique_ptr<ClientRequest> self);

  // The request asks to go over to another protocol, which is not owned and outlives it. Before RunUpgrade().
  void AskUpgrade(UpgradedProtocol& protocol) { upgrade_ = &protocol; }
  // kRejected if the answer is not 101. After the upgrade no timeout of the request runs any more; it ends with the
  // connection, which is then the caller's. Cancel safety: as Run().
  static Task<Result<std::unique_ptr<UpgradedConnection>>> RunUpgrade(std::unique_ptr<ClientRequest> self);
  // The session closes in good order: another protocol that has taken the connection over, or will, is told.
  void Closing();

  // Ends what is under way: whoever waits for the head or reads the body gets `error`. No effect once the response has
  // arrived, or the request has failed.
  void Abort(const ClientError& error);

  bool started() const { return started_; }

 private:
  friend class ClientResponse;

  class UpgradedRequest;

  static Task<Result<void>> UntilHead(ClientRequest& self);
  static Task<> WriteBody(ClientRequest& self);

  // Exchange.
  void OnHead() override;
  void OnBodyEof() override;
  void OnFailed(const ClientError& error) override { Abort(error); }

  void Start();
  Result<void> Prepare();
  void Send();
  void FinishWriting();
  void BodyFailed(const ClientError& error);
  void StopWriter();
  void LetGo();
  void Ended(const Result<void>& outcome);  // for the observer; the first one counts

  const ClientEnvironment environment_;
  Connector& connector_;
  RequestList& list_;  // not touched once over_
  const std::string method_;
  const std::string url_;
  const ClientTimeout timeout_;
  const ContentDecoder::Limits decompress_;
  bool auto_decompress_;
  Headers request_headers_;
  std::unique_ptr<Payload> payload_;
  BodyFraming framing_;
  Slice head_bytes_;
  Name connection_name_;
  bool started_ = false;
  bool over_ = false;   // the response has arrived, or error_ is set: nothing is held any more
  bool ended_ = false;  // the observer knows
  bool head_arrived_ = false;
  bool upgraded_ = false;  // the connection is upgrade_'s
  bool closing_ = false;
  absl::optional<ClientError> error_;
  Signal signal_;
  absl::optional<Timer> total_timer_;
  absl::optional<ConnectionTicket> ticket_;
  Connection connection_;
  absl::optional<SpawnedTask> writer_task_;  // last, so that it goes first
};

}  // namespace client

#endif  // CLIENT_CLIENT_REQUEST_H_
