// For tests of laws: a world whose ledger is told by hand what happens.
#ifndef SIM_ORACLE_ORACLE_TESTING_H_
#define SIM_ORACLE_ORACLE_TESTING_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/name.h"
#include "sim/choice/random_source.h"
#include "sim/oracle/install.h"
#include "sim/oracle/ledger.h"
#include "sim/world/history.h"
#include "sim/world/pattern.h"
#include "sim/world/world.h"

namespace sim {

class OracleWorld {
 public:
  // Only `law` judges.
  explicit OracleWorld(LawId law, const Limits& limits = Limits{})
      : world_(config_, Only(law), source_, history_, violation_), ledger_(world_) {
    history_.BeginRun(0, /*keep_trace=*/true);
    oracles_ = std::make_unique<Oracles>(world_, ledger_, limits);
    pool_ = Named(Name(), "pool");
    key_ = Named(pool_, "a.test:80");
  }

  World& world() { return world_; }
  Scheduler& loop() { return world_.loop(); }
  Ledger& ledger() { return ledger_; }
  Name key() const { return key_; }
  Name other_key() { return Named(pool_, "b.test:80"); }
  // What was violated, in words; "" if nothing was.
  const std::string& reason() const { return violation_.reason; }
  LawId violated() const { return violation_.law; }

  template <size_t N>
  Name Named(Name parent, const char (&kind)[N], uint32_t number = 0) {
    return client::MakeName(world_.loop(), parent, client::NameKind::FromStable(kind), number);
  }
  Name Connection(uint32_t number) { return Named(pool_, "connection", number); }
  Name Task(const char* id) {
    const Name task = client::MakeName(world_.loop(), Name(), client::NameKind::FromStable(id));
    ledger_.TaskStarted(task);
    return task;
  }

  // A request of a user's, by the name of its method.
  Name Start(Name task, const char* method, uint32_t number) {
    const Name request = client::MakeName(world_.loop(), task, client::NameKind::FromStable(method), number);
    ledger_.OperationStarted(task, request, method);
    ledger_.RequestStarted(request, method, "http://a.test/");
    return request;
  }
  Name StartGet(const char* task) { return Start(Task(task), "GET", 1); }

  void Open(Name connection) { Open(connection, key_); }
  void Open(Name connection, Name key) {
    ledger_.ConnectStarted(key, connection);
    ledger_.SocketOpened(connection, "10.0.0.1:80");
    ledger_.SocketConnected(connection);
    ledger_.ConnectEnded(key, connection, true);
  }
  void Lease(Name connection, Name request) { ledger_.ConnectionAcquired(key_, connection, request); }
  void Idle(Name connection) { ledger_.ConnectionIdle(key_, connection); }

  // The request, as it is written and as it arrives.
  void Send(Name connection) { ledger_.BytesSent(connection, End::kClient, "GET / HTTP/1.1\r\n\r\n"); }
  void Arrive(Name connection, Name request, bool complete = true) {
    ledger_.BytesReceived(connection, End::kServer, "GET / HTTP/1.1\r\n\r\n");
    const uint32_t ordinal = ++ordinals_[connection.id()];
    ledger_.RequestBegan(connection, ordinal);
    ledger_.RequestHead(connection, ordinal, request);
    if (complete) ledger_.RequestComplete(connection, request, 0);
  }
  // The response, as it is written; what is not sent of the body is never sent.
  void Answer(Name connection, Name request, uint64_t body_bytes) {
    Answer(connection, request, body_bytes, body_bytes);
  }
  void Answer(Name connection, Name request, uint64_t body_bytes, uint64_t sent) {
    ledger_.ResponseBegan(connection, request, 200, body_bytes, false);
    std::string bytes = absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body_bytes, "\r\n\r\n");
    bytes += Body(request, 0, sent);
    ledger_.BytesSent(connection, End::kServer, bytes);
    wire_[connection.id()] += bytes;
    if (sent == body_bytes) ledger_.ResponseComplete(connection, request);
  }
  // Bytes of responses, as they are handed to the client: all that are under way, or all but the last ones.
  void Deliver(Name connection, size_t but = 0) {
    std::string& bytes = wire_[connection.id()];
    const std::string now = bytes.substr(0, bytes.size() - but);
    bytes.erase(0, now.size());
    ledger_.BytesReceived(connection, End::kClient, now);
  }
  // The client begins to hand out the response.
  Name OpenBody(Name connection, Name request) {
    ledger_.HeadReceived(connection, request, 200);
    const Name body = Named(request, "body");
    ledger_.PayloadOpened(connection, request, body);
    return body;
  }
  // A whole exchange up to the delivery of the response.
  Name Exchange(Name connection, Name request, uint64_t body_bytes) {
    Lease(connection, request);
    Send(connection);
    Arrive(connection, request);
    Answer(connection, request, body_bytes);
    Deliver(connection);
    return OpenBody(connection, request);
  }
  void End(Name task, Name request) {
    ledger_.RequestEnded(request, client::Result<void>());
    ledger_.OperationEnded(task, request, true, "");
    ledger_.TaskEnded(task, false);
  }

  void AtStep() { world_.AfterStep(); }
  void AtLull() { world_.LullLaws(); }
  void AtStall() { world_.ForEachLaw(&Law::AtStall); }
  void AtQuiet() {
    world_.EnterPhase(World::Phase::kHealed);
    world_.ForEachLaw(&Law::AtQuiet);
  }
  void AtClosed() { world_.ForEachLaw(&Law::AtClosed); }

  static std::string Body(Name key, uint64_t offset, size_t size) {
    std::string bytes(size, '\0');
    FillPattern(key, offset, bytes.data(), size);
    return bytes;
  }

 private:
  static LawSet Only(LawId law) {
    LawSet laws = LawSet::None();
    laws.Add(law);
    return laws;
  }

  WorldConfig config_;
  RandomSource source_;
  History history_;
  Violation violation_;
  World world_;
  Ledger ledger_;
  std::unique_ptr<Oracles> oracles_;
  Name pool_;
  Name key_;
  std::map<uint64_t, uint32_t> ordinals_;
  std::map<uint64_t, std::string> wire_;
};

}  // namespace sim

#endif  // SIM_ORACLE_ORACLE_TESTING_H_
