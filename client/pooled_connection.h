// One socket of the pool, from the end of its connecting to its end. Internal to Connector.
#ifndef CLIENT_POOLED_CONNECTION_H_
#define CLIENT_POOLED_CONNECTION_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/intrusive_list.h"
#include "client/base/name.h"
#include "client/connection_key.h"
#include "client/connector.h"
#include "client/http/response_handler.h"

namespace client {

class PooledConnection final : public ListNode<IdleTag>,
                               public ListNode<IdleOfHostTag>,
                               public ListNode<SocketTag>,
                               private ResponseHandler::Owner {
 public:
  PooledConnection(Connector& connector, HostPool& host, std::unique_ptr<Transport> transport);
  ~PooledConnection() override { handler.Close(); }

  Connector& connector;
  HostPool& host;
  // Closed with the socket; a request that was served by it may keep it longer.
  const std::shared_ptr<ResponseHandler> shared_handler;
  ResponseHandler& handler;
  Connection* lease = nullptr;  // who holds it; null while it is a ticket's, idle, draining or doomed
  bool doomed = false;          // closed while its handler was on the stack
  absl::Time idle_since;

 private:
  void OnBroken() override;
  void OnDrained() override;
};

// What the pool knows of one key.
struct HostPool : public ListNode<WaitingHostTag> {
  explicit HostPool(const ConnectionKey& key) : key(key), text(key.DebugString()) {}

  const ConnectionKey key;
  const std::string text;  // "a.test:80"
  Name name;               // "pool/a.test:80"
  size_t sockets = 0;      // with slots that were given and are not used yet
  size_t tickets = 0;      // that point here
  IntrusiveList<PooledConnection, IdleOfHostTag> idle;      // longest idle first
  IntrusiveList<PooledConnection, IdleOfHostTag> draining;  // the same
  IntrusiveList<ConnectionTicket, WaitingTag> waiting;      // first come first
};

}  // namespace client

#endif  // CLIENT_POOLED_CONNECTION_H_
