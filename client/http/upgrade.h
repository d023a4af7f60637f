// The hook by which another protocol takes over a connection (101 Switching Protocols, RFC 9110 section 7.8).
#ifndef CLIENT_HTTP_UPGRADE_H_
#define CLIENT_HTTP_UPGRADE_H_

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "client/base/references.h"
#include "client/base/slice.h"
#include "client/http/flow_control.h"
#include "client/http/headers.h"
#include "client/net/transport.h"

namespace client {

// The other protocol. What is not const is synchronous, and all but Lost() and Closing() are on the connection's stack.
class UpgradedProtocol {
 public:
  virtual ~UpgradedProtocol() = default;

  // 101 has come; an error refuses it, and fails the request. `transport` and `flow` may be used until Lost(), or until
  // the UpgradedConnection is given up. Bytes that came with the head follow at once.
  virtual Result<void> Upgraded(const Headers& headers, Transport& transport, FlowControl& flow) = 0;

  // Only after Upgraded().
  virtual void DataReceived(Slice bytes) = 0;
  virtual void EofReceived() = 0;  // the peer will send nothing more; writing may go on
  virtual void PauseWriting() = 0;
  virtual void ResumeWriting() = 0;
  // The connection is lost, or was taken away (the session was closed). The last call; returns the request's outcome.
  virtual Result<void> Lost(const ClientError& error) = 0;
  // The session closes in good order: end soon, and give the connection up.
  virtual void Closing() = 0;

  // Its payload: the name, and whether it has ended, so that the peer owes nothing more. That is asked when the
  // connection is given back.
  virtual Name payload() const = 0;
  virtual bool IsEof() const = 0;
};

// The hold on an upgraded connection. Destroying it closes the connection.
class UpgradedConnection {
 public:
  virtual ~UpgradedConnection() = default;

  // The other protocol is done: `why` says so in traces, and `outcome` is the request's. Nothing of it is called any
  // more.
  virtual void Close(absl::string_view why, const Result<void>& outcome) = 0;
  // Given back as any response is: whoever keeps the connection asks IsEof(), and decides.
  virtual void Release() = 0;

  virtual Name connection() const = 0;
  virtual void VisitReferences(ReferenceVisitor& visitor) const = 0;  // for whoever has it
};

}  // namespace client

#endif  // CLIENT_HTTP_UPGRADE_H_
