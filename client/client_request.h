// One request from its start to its end: waits for a connection, writes the head and the body, receives the response.
//
// It is owned by the task of ClientSession::Request() first, and by the ClientResponse later. Whoever ends it (the last
// byte, a failure, a timeout, the session, the destructor) does so in one place, which gives everything back: the
// slot or connection, the writer, the timer, its place in the session.
#ifndef CLIENT_CLIENT_REQUEST_H_
#define CLIENT_CLIENT_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/async/signal.h"
#include "client/async/task.h"
#include "client/async/task_group.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/client_options.h"
#include "client/connector.h"
#include "client/http/headers.h"
#include "client/http/payload.h"
#include "client/http/response_handler.h"
#include "client/net/event_loop.h"

namespace client {

class ClientResponse;
class RequestList;

struct RequestOptions {
  Name name;  // the request's identity in traces; made by the caller, and not empty
  std::string method = "GET";
  std::string url;
  Headers headers;                 // "Host", and the framing of the body, are added
  std::unique_ptr<Payload> body;   // null: none
  absl::optional<ClientTimeout> timeout;  // the session's, if absent
};

// How a request's body travels: with the declared length of its Payload or, if that is unknown, chunked
// (RFC 9112 6.1, 6.2). A source that gives more or fewer bytes than declared fails the request with kBodySource and
// closes the connection. A response that refuses (status 300 and above) before the body is sent stops it; so does any
// response that ends before. In both cases the connection is closed after the response.
class ClientRequest final : private Exchange {
 public:
  // `connector` is not used after Abort().
  ClientRequest(const ClientEnvironment& environment, const ClientOptions& options, Connector& connector,
                RequestList& list, RequestOptions&& request);
  ~ClientRequest();

  // Cancel safety: see ClientSession::Request().
  static Task<Result<std::unique_ptr<ClientResponse>>> Run(std::unique_ptr<ClientRequest> self);

  // Ends what is under way: whoever waits for the head, or reads the body, gets `error`. No effect once all has
  // arrived.
  void Abort(const ClientError& error);

 private:
  friend class ClientResponse;
  friend class RequestList;
};

}  // namespace client

#endif  // CLIENT_CLIENT_REQUEST_H_
