// Who waits for whom, when nothing can run any more.
//
// Whoever waits does so rightly if in the end it is somebody else's turn: a server that has the whole request and owes
// the response, or says by its script that it will never go on; a connect, a lookup or bytes that a fault withholds;
// time that somebody chose to let pass; what the collector holds. Everybody else waits in vain: for something that has
// happened already, for nobody, or in a circle. What the client waits for is taken from its tasks; whether that can
// still happen, from facts.
#ifndef SIM_ORACLE_WAIT_GRAPH_H_
#define SIM_ORACLE_WAIT_GRAPH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "client/async/task_group.h"
#include "sim/oracle/ledger.h"
#include "sim/oracle/limits.h"
#include "sim/oracle/words.h"
#include "sim/world/world.h"

namespace sim {

class WaitGraph {
 public:
  // Nothing is owned. Valid within one moment.
  WaitGraph(World& world, const Ledger& ledger, const Limits& limits);

  // A task of the workload that waits in vain; empty if there is none. Of several, one that does not only wait for
  // another task.
  Name FindStuck();
  // Whether the task waits rightly.
  bool WaitsRightly(Name task);
  // The chain from `task` on, one line for each link. Allocates: use it in a HostScope.
  std::string Explain(Name task);

 private:
  enum class Kind : uint8_t {
    kTask,
    kResponse,  // of a request: the head, or more of the body, is awaited
    kSlot,      // a request waits in the queue of the pool
    kReading,   // of a connection that is paused
    kPayload,   // must be read on
    kMessage,   // of a WebSocket
    kPong,
    kRoom,      // to write on a WebSocket
    kTurn,      // to send on it
    kSends,     // the tasks that send on it
    kEnd,       // of a WebSocket
  };
  struct Node {
    Kind kind;
    Name name;
    friend bool operator==(const Node&, const Node&) = default;
  };
  // What a look at a node tells: it waits rightly, in vain (and why, in words), or as its successors do, all of them.
  struct Look {
    bool rightly = false;
    const char* why = nullptr;  // in vain
    std::vector<Node> successors;
    bool any_will_do = false;  // one of the successors is enough; otherwise all must come
  };

  bool Rightly(const Node& node);
  Look At(const Node& node) const;
  Look AtTask(Name task) const;
  Look AtUnknown(Name task) const;
  Look AtResponse(Name request) const;
  Look AtExchange(const RequestRecord& request, const ConnectionRecord& connection) const;
  Look AtUpload(Name request) const;
  Look AtSlot(Name request) const;
  Look AtReading(Name connection) const;
  Look AtPayload(Name payload) const;

  // wait_graph_websocket.cc
  Look AtSocketTask(Name task, const WebSocketRecord& socket, absl::string_view what) const;
  Look AtSocket(Kind kind, Name socket) const;
  Look AtPeer(Kind kind, const WebSocketRecord& socket, const ConnectionRecord& connection) const;
  Look AtSenders(Kind kind, Name socket) const;
  // A WebSocket that is open, by its own name or that of its messages; null if it is none.
  const WebSocketRecord* OpenSocket(Name name) const;

  const client::SpawnedTask* FindSpawned(Name name) const;
  bool IsArmed(Name timer) const;
  bool IsOpening(Name request) const;
  bool ConnectsRightly(const ConnectionRecord& connection) const;
  bool Under(Name name, Name ancestor) const;
  std::string Waits(Name task) const;
  std::string Line(const Node& node, const Look& look) const;

  World& world_;
  const Ledger& ledger_;
  const Limits& limits_;
  const Words words_;
  std::vector<Node> path_;
  std::vector<Node> right_;  // known to wait rightly
};

}  // namespace sim

#endif  // SIM_ORACLE_WAIT_GRAPH_H_
