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
//   3. Run() sends it as often as need be, each time as a new ClientRequest that takes over from the one before:
//      - where a redirect leads (RFC 9110 section 15.4). POST becomes GET after 301 and 302, everything but HEAD after
//        303, without the body. Else the body is sent again if it is replayable; if not, the redirect is the response.
//        Authorization, Cookie and Host do not go to another origin.
//      - once more if it went out on a connection that had served others and broke before a byte of the answer came.
//        The method must be idempotent, unless nothing had been sent, and a body that was begun must be replayable.
//      - without the expectation after 417 (RFC 9110 section 10.1.1), if no byte of the body was asked for.
//   4. With `expect_continue` the body waits for 100 Continue, or for continue_timeout. A final response in its place
//      means that the body is not wanted: it is not sent, and the connection is closed after the response.
//   5. The body of the response is a payload named after the request, "download#1/body"; the task that sends the
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
#include "client/connection_key.h"
#include "client/connector.h"
#include "client/http/content_decoder.h"
#include "client/http/headers.h"
#include "client/http/payload.h"
#include "client/http/proxy.h"
#include "client/http/response_handler.h"
#include "client/http/url.h"
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
  absl::optional<uint32_t> redirects_max;  // the session's, if absent
  bool expect_continue = false;            // Expect: 100-continue; no effect without a body
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

  // Waits for a moment at which the list is empty, or for `deadline`; false if the list has gone.
  // Cancel safety: nothing is consumed.
  DrainAwaiter Drained(EventLoop& loop, absl::Time deadline);

 private:
  Name session_;
  IntrusiveList<ClientRequest, RequestTag> requests_;
  IntrusiveList<DrainAwaiter, DrainTag> drains_;  // woken ones too: they are still to be told if the list goes
};

class RequestList::DrainAwaiter : public ListNode<DrainTag> {
 public:
  DrainAwaiter(RequestList& list, EventLoop& loop, absl::Time deadline)
      : list_(&list),
        deadline_(deadline),
        waiter_(WaitReason{"the requests of", list.session_}),
        timer_(loop, MakeName(loop, list.session_, "close"), TimerKind::kTimeout,
               [](void* self) { static_cast<DrainAwaiter*>(self)->Wake(); }, this) {}
  bool await_ready() const { return list_->empty(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    list_->drains_.PushBack(*this);
    if (deadline_ != absl::InfiniteFuture()) timer_.PostAt(deadline_);
  }
  bool await_resume() const { return list_ != nullptr; }

 private:
  friend class RequestList;
  void Wake() {
    timer_.Cancel();
    if (waiter_.waiting()) waiter_.Wake();
  }

  RequestList* list_;  // null once it has gone, which may be between the waking and the resumption
  const absl::Time deadline_;
  Waiter waiter_;
  Timer timer_;
};

inline RequestList::DrainAwaiter RequestList::Drained(EventLoop& loop, absl::Time deadline) {
  return DrainAwaiter(*this, loop, deadline);
}

class ClientRequest final : public std::enable_shared_from_this<ClientRequest>,
                            public NamedObject,
                            public ListNode<RequestTag>,
                            private Exchange {
 public:
  // None of them is used after the end of the request, the observer and the loop excepted.
  ClientRequest(const ClientEnvironment& environment, const ClientOptions& options, Connector& connector,
                RequestList& list, RequestOptions&& request);
  ~ClientRequest();

  // Cancel safety: see ClientSession::Request().
  static Task<Result<std::unique_ptr<ClientResponse>>> Run(std::shared_ptr<ClientRequest> self);

  // The request asks to go over to another protocol, which is not owned and outlives it. Before RunUpgrade().
  void AskUpgrade(UpgradedProtocol& protocol) { upgrade_ = &protocol; }
  // kRejected if the answer is not 101. After the upgrade no timeout of the request runs any more; it ends with the
  // connection, which is then the caller's. Cancel safety: as Run().
  static Task<Result<std::unique_ptr<UpgradedConnection>>> RunUpgrade(std::shared_ptr<ClientRequest> self);
  // The session closes in good order: another protocol that has taken the connection over, or will, is told.
  void Closing();

  // The session is gone, or closes now: Abort(), and nothing of the session is used any more.
  void SessionClosed(const ClientError& error);

  // Ends what is under way: whoever waits for the head or reads the body gets `error`. No effect once the response has
  // arrived, or the request has failed.
  void Abort(const ClientError& error);

  bool started() const { return started_; }
  Name name() const override { return name_; }
  absl::string_view what() const override { return head_arrived_ ? "response" : "request"; }
  void VisitReferences(ReferenceVisitor& visitor) const override;

 private:
  friend class ClientResponse;

  class UpgradedRequest;
  class WeakLink;

  Name connection_name() const { return handler_ != nullptr ? handler_->name() : Name(); }
  ClientError Belongs(const ClientError& error) const;  // to the response, once that has a body
  ClientError Refused(std::string why) const;           // kRejected, with the head of the response

  // Takes over from `previous`, which has come to its end, and stays silent about it.
  ClientRequest(ClientRequest& previous, absl::string_view method, std::string url);

  static Task<> UntilHead(ClientRequest& self);  // or until it has failed
  static Task<> WriteBody(ClientRequest& self);

  // Exchange.
  void OnHead() override;
  void OnBodyEof() override;
  void OnFailed(const ClientError& error) override;
  void OnInformational(int status) override;

  void Start();
  Result<void> Prepare();
  void UseProxy(const Proxy& proxy, const Url& url, ConnectionKey* key);
  void Send();
  // The response is not wanted any more: what has come stays, and the connection is given back.
  void GiveUp(std::string why);
  void FinishWriting();
  void BodyFailed(const ClientError& error);
  void StopExpecting();
  // The request that takes over, null if this was the last, or why there should be one and cannot.
  Result<std::shared_ptr<ClientRequest>> Follow();
  Result<std::shared_ptr<ClientRequest>> Redirected(absl::string_view location);
  Result<std::shared_ptr<ClientRequest>> Again();
  bool MayRetry() const;
  ClientError Fail(const ClientError& error);
  void Deliver();  // to the user: what is over leaves the session's list
  void StopWriter();
  void LetGo();
  void Ended(const Result<void>& outcome);  // for the observer; the first one counts

  const ClientEnvironment environment_;
  Connector& connector_;
  RequestList& list_;  // not touched unless linked()
  const std::string method_;
  const std::string url_;
  const ClientTimeout timeout_;
  const ContentDecoder::Limits decompress_;
  const uint32_t redirects_max_;
  const absl::Duration continue_timeout_;
  bool auto_decompress_;
  Headers request_headers_;
  std::unique_ptr<Payload> payload_;
  BodyFraming framing_;
  Slice head_bytes_;
  std::shared_ptr<ResponseHandler> handler_;  // of the connection that it was sent on, also after its end
  ClientResponse* response_ = nullptr;        // the user's handle, from the head on
  bool started_ = false;
  bool over_ = false;   // the response has arrived, or error_ is set: nothing is held any more
  bool ended_ = false;  // the observer knows
  bool head_arrived_ = false;
  bool upgraded_ = false;  // the connection is upgrade_'s
  bool closing_ = false;
  bool delivered_ = false;
  bool begun_ = false;          // bytes of it were handed to a connection
  bool body_begun_ = false;     // the payload was asked for bytes
  bool expect_continue_;
  bool expecting_ = false;      // 100 Continue, before the body is begun
  bool unanswered_ = false;     // its connection had served others, and broke before a byte of the answer came
  bool retried_ = false;
  uint32_t redirects_ = 0;
  absl::Time deadline_ = absl::InfiniteFuture();  // of the total timeout, for all attempts
  Signal continue_;             // for the writer
  absl::optional<Timer> continue_timer_;
  absl::optional<ClientError> error_;
  Signal signal_;
  absl::optional<Timer> total_timer_;
  absl::optional<ConnectionTicket> ticket_;
  Connection connection_;
  absl::optional<SpawnedTask> writer_task_;  // last, so that it goes first
};

}  // namespace client

#endif  // CLIENT_CLIENT_REQUEST_H_
