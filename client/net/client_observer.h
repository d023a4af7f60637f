// What a client tells about itself: names and moments, for logs, metrics and a simulation's laws.
//
// Called synchronously from inside the client, in the step in which the thing happens; an observer must not call the
// client back. Every method does nothing by default.
#ifndef CLIENT_NET_CLIENT_OBSERVER_H_
#define CLIENT_NET_CLIENT_OBSERVER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/name.h"

namespace client {

class ClientObserver {
 public:
  virtual ~ClientObserver() = default;

  // An operation of the user's: from the first step of its task to its one end, which is the first of these.
  //   ended      the request failed; the last byte of the body was read, or a read failed; the response was released or
  //              closed; or it was destroyed after all of its body had arrived, or after its body had failed.
  //   cancelled  the task was destroyed before it had a response, or the response while its body was still arriving.
  virtual void RequestStarted(Name request, absl::string_view method, absl::string_view url) {}
  virtual void RequestEnded(Name request, const Result<void>& outcome) {}
  virtual void RequestCancelled(Name request) {}

  // The pool. `key` names the set of interchangeable connections ("pool/a.test:80"). Only a request that is not served
  // at once is queued. It is served when it is given a connection or a slot, in the step of whoever gives; a connection
  // acquired for a request that does not take it any more becomes idle or closed as any other.
  virtual void WaiterQueued(Name key, Name request) {}
  virtual void WaiterLeft(Name key, Name request) {}  // served, failed or cancelled
  // Each attempt at an address is a connection of its own; one that is given up has ended, not connected.
  virtual void ConnectStarted(Name key, Name connection) {}
  virtual void ConnectEnded(Name key, Name connection, bool connected) {}
  virtual void ConnectionAcquired(Name key, Name connection, Name request) {}
  virtual void ConnectionDraining(Name key, Name connection) {}  // given back; idle or closed once the rest has come
  virtual void ConnectionIdle(Name key, Name connection) {}      // given back for reuse
  virtual void ConnectionClosed(Name key, Name connection, absl::string_view why) {}

  // Exchanges on a connection.
  virtual void RequestSent(Name connection, Name request) {}  // the last byte was handed to the transport
  virtual void HeadReceived(Name connection, Name request, int status) {}

  // Payloads: the body of a response, a message queue. `payload` lives until PayloadDestroyed().
  virtual void PayloadOpened(Name connection, Name request, Name payload) {}
  virtual void PayloadFed(Name payload, uint64_t bytes, uint64_t buffered) {}
  virtual void PayloadRead(Name payload, uint64_t bytes, uint64_t buffered) {}
  virtual void PayloadEof(Name payload) {}
  virtual void PayloadError(Name payload, const ClientError& error) {}
  virtual void PayloadDestroyed(Name payload) {}

  // Flow control: who stopped the reading of a connection, and who let it go on.
  virtual void ReadingPaused(Name connection, Name payload) {}
  virtual void ReadingResumed(Name connection, Name payload) {}

  // A handle that should have been closed was destroyed instead.
  virtual void NotClosed(Name handle, absl::string_view what) {}
};

}  // namespace client

#endif  // CLIENT_NET_CLIENT_OBSERVER_H_
