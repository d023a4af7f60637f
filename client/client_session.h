// The front door: requests go in, responses come out, connections are reused in between.
//
//   ClientSession session(environment, options, name);
//   RequestOptions get;
//   get.name = MakeName(loop, parent, "download", 1);
//   get.url = "http://a.test/file";
//   auto response = co_await session.Request(std::move(get));
//   if (!response.ok()) co_return response.error();
//   for (;;) {
//     auto chunk = co_await (*response)->ReadChunk();
//     if (!chunk.ok() || chunk->empty()) break;
//   }
//
//   1. A request ends exactly once: see ClientObserver.
//   2. Responses may outlive the session: they keep what has arrived, and fail with kSessionClosed after it.
//   3. Requests that wait for a connection are served in the order of their arrival; see Connector.
//   4. Redirects are followed, and a request that broke on a used connection is sent once more where that is safe: see
//      ClientRequest.
#ifndef CLIENT_CLIENT_SESSION_H_
#define CLIENT_CLIENT_SESSION_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/async/task.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/client_options.h"
#include "client/client_request.h"
#include "client/client_response.h"
#include "client/connector.h"
#include "client/websocket/websocket.h"

namespace client {

class ClientSession final : public NamedObject {
 public:
  // `name` may be empty; it is the parent of "pool".
  ClientSession(const ClientEnvironment& environment, const ClientOptions& options, Name name);
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;
  ~ClientSession();  // CloseNow(); if nobody had closed it, the observer hears NotClosed()

  // Sends a request and waits for the head of its response; the body is then read from the response. Fails with
  // kUsage (a bad URL or header), kDns, kConnect, kTls, kCertificate, kTimeout, kDisconnected, kProtocol, kBodySource,
  // kSessionClosed, and kRejected for redirects that lead nowhere, or on and on: ClientError::head() has the last one.
  // Moves from `options` at once. Nothing happens before the task is awaited.
  // Cancel safety: everything is given back; a connection on which a request has begun is closed. The task may
  // outlive the session, and then fails.
  Task<Result<std::unique_ptr<ClientResponse>>> Request(RequestOptions&& options);

  // Opens a WebSocket. `timeout` is that of the handshake. Fails as Request() does, with kRejected if the server
  // answers with something else (ClientError::head() has its status and header fields: nobody owns such a response),
  // and with kProtocol if its handshake is wrong. Moves from `options` at once.
  // Cancel safety: as Request().
  Task<Result<std::unique_ptr<WebSocket>>> ConnectWebSocket(WebSocketOptions&& options,
                                                            absl::optional<ClientTimeout> timeout = absl::nullopt);

  // Whatever is pending ends with kSessionClosed, and every connection is closed. New requests fail. Idempotent.
  void CloseNow();

  // Refuses new requests, waits until the last response has arrived, failed or was given up, but no longer than
  // ClientOptions::close_timeout, then closes as CloseNow() does.
  // WebSockets are closed with kCloseGoingAway.
  // Cancel safety: the session goes on refusing. Ends early if the session is destroyed or closed meanwhile.
  Task<> Close();

  bool closed() const { return closed_; }
  Connector& connector() { return connector_; }
  const Connector& connector() const { return connector_; }
  // Requests that have not ended, from the making of their task until the last byte has arrived.
  size_t running() const { return requests_.size(); }
  Name name() const override { return name_; }
  absl::string_view what() const override { return "session"; }
  void VisitReferences(ReferenceVisitor& visitor) const override { connector_.VisitReferences(visitor); }
  std::string DebugString() const;

 private:
  ClientEnvironment environment_;
  ClientOptions options_;
  Name name_;
  bool closed_ = false;
  Connector connector_;
  RequestList requests_;
};

}  // namespace client

#endif  // CLIENT_CLIENT_SESSION_H_
