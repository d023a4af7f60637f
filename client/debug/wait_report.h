// Who waits for whom in a program that runs, in the words in which a simulation explains a deadlock (wait_words.h).
//
//   NamingUvLoop loop;
//   WaitReport report(loop, loop.names());
//   ClientSession session({loop, network, entropy, report}, options, name);
//   UvSignal dump(loop, SIGUSR1, name, [](void* report) { Print(static_cast<WaitReport*>(report)->Text()); }, &report);
//
//   1. It knows what the client tells its observer, and what the tasks of the loop wait for. It says what is so, and
//      does not judge: the peer and the kernel may yet move things on.
//   2. Nothing is asked of connections and bodies themselves: it may be asked at any step.
//   3. Who reads a body is the task that waits for its data or, if there is none, the task under which its request is
//      named; if there is no such task either, nothing is said.
//   4. It keeps what lives: what has ended is forgotten.
#ifndef CLIENT_DEBUG_WAIT_REPORT_H_
#define CLIENT_DEBUG_WAIT_REPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/async/task_group.h"
#include "client/debug/name_book.h"
#include "client/debug/wait_words.h"
#include "client/net/client_observer.h"
#include "client/net/event_loop.h"

namespace client {

class WaitReport final : public ClientObserver {
 public:
  // Neither is owned.
  WaitReport(const EventLoop& loop, const NameBook& names) : loop_(loop), names_(names) {}

  // All tasks, the oldest first: what each waits for, what that hangs on, and at which lines of the sources it is (the
  // innermost first). Ends with a line feed, unless it is empty.
  std::string Text() const;
  // What `task` waits for, and what that hangs on: one line each, without the places.
  std::vector<std::string> Explain(const SpawnedTask& task) const;

  // ClientObserver.
  void RequestStarted(Name request, absl::string_view method, absl::string_view url) override;
  void RequestEnded(Name request, const Result<void>& outcome) override { requests_.erase(request); }
  void RequestCancelled(Name request) override { requests_.erase(request); }
  void WaiterQueued(Name key, Name request) override { requests_[request].queued_for = key; }
  void WaiterLeft(Name key, Name request) override;
  void ConnectStarted(Name key, Name connection) override { connections_[connection].key = key; }
  void ConnectEnded(Name key, Name connection, bool connected) override;
  void ConnectionAcquired(Name key, Name connection, Name request) override;
  void ConnectionDraining(Name key, Name connection) override { connections_[connection].holder = Name(); }
  void ConnectionIdle(Name key, Name connection) override { connections_[connection].holder = Name(); }
  void ConnectionClosed(Name key, Name connection, absl::string_view why) override { connections_.erase(connection); }
  void PayloadOpened(Name connection, Name request, Name payload) override { payloads_[payload].request = request; }
  void PayloadFed(Name payload, uint64_t bytes, uint64_t buffered) override;
  void PayloadRead(Name payload, uint64_t bytes, uint64_t buffered) override;
  void PayloadEof(Name payload) override { payloads_[payload].eof = true; }
  void PayloadDestroyed(Name payload) override { payloads_.erase(payload); }
  void ReadingPaused(Name connection, Name payload) override;
  void ReadingResumed(Name connection, Name payload) override;

 private:
  struct Request {
    Name queued_for;  // a set of connections; empty: it waits for no slot
    Name connection;  // empty: none yet
  };
  struct Connection {
    Name key;
    Name holder;  // the request that it was given to; empty: nobody
    bool paused = false;
    Name paused_by;  // a payload; may be empty
  };
  struct Payload {
    Name request;
    uint64_t fed = 0;   // bytes
    uint64_t read = 0;  // bytes
    bool eof = false;
  };

  std::string Of(Name name) const;
  std::string OfPayload(Name name) const;
  std::string Amounts(Name payload) const;
  std::string Waits(const SpawnedTask& task) const;
  Name RequestOf(Name name) const;  // of a request or a payload; else empty
  const SpawnedTask* ReaderOf(Name payload) const;
  const SpawnedTask* FindTask(Name name) const;
  std::vector<SlotHolder> Holders() const;

  const EventLoop& loop_;
  const NameBook& names_;
  std::map<Name, Request> requests_;
  std::map<Name, Connection> connections_;
  std::map<Name, Payload> payloads_;
};

}  // namespace client

#endif  // CLIENT_DEBUG_WAIT_REPORT_H_
