// The books of a run: who holds what, what was sent, what arrived, who was told what.
//
// One ledger hears all observers, keeps flat tables in the order in which things appeared, and calls the laws that
// asked for a kind of event. It judges nothing. Tables hold a handful of entries and are searched from the youngest on;
// nothing is ever removed, so that a law can speak about what is over.
//
//   1. The tables are up to date when a listener is called.
//   2. What the client says is also recorded in the trace, so that the digest covers it: kPool, kRequest, kPayload.
//   3. Nothing here asks the client anything.
//   4. What a run comes to is marked (sim/world/mark.h) where it is put on the books.
//
// Lives in the world's memory. Give it to the client as its observer, to the network and the servers as theirs, and to
// the workload as its own:
//
//   Ledger ledger(world);
//   Oracles oracles(world, ledger, limits);
#ifndef SIM_ORACLE_LEDGER_H_
#define SIM_ORACLE_LEDGER_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/net/client_observer.h"
#include "sim/net/wire_observer.h"
#include "sim/oracle/records.h"
#include "sim/world/world.h"

namespace sim {

// What happened, in the `a` of trace records.
enum class PoolEvent : uint8_t { kQueued, kLeftQueue, kConnectStarted, kConnected, kConnectFailed, kAcquired, kIdle,
                                 kClosed, kDraining };
enum class RequestEvent : uint8_t { kStarted, kEnded, kFailed, kCancelled, kSent, kHead, kNotClosed };
enum class PayloadEvent : uint8_t { kOpened, kFed, kRead, kEof, kError, kDestroyed, kPaused, kResumed };

// The kinds of events that a listener can ask for.
enum class Fact : uint8_t {
  kSocketOpened,
  kConnectionAcquired,
  kConnectionIdle,
  kClientSent,
  kReadingPaused,
  kDelivered,
  kHeadGiven,
  kPayloadFed,
  kPayloadEnded,
  kPayloadDestroyed,
  kServerBegan,
  kServerHead,
  kServerBody,
  kServerComplete,
  kServerMalformed,
  kRequestEnded,
  kOperationEnded,
  kUploadGiven,
  kHeadRead,
  kPartRead,
  kReadRefused,
  kBodyRead,
  kBodyEnded,
  kBodyFailed,
  kFramesDelivered,
  kFramesMalformed,
  kMessageArrived,
  kCloseArrived,
  kMessageReceived,
  kMessagesEnded,
  kMessagesFailed,
  kClosingEnded,
};
inline constexpr size_t kFactCount = static_cast<size_t>(Fact::kClosingEnded) + 1;

class LedgerListener {
 public:
  virtual ~LedgerListener() = default;

  virtual void OnSocketOpened(const ConnectionRecord& connection) {}  // or first said to belong to a key
  virtual void OnConnectionAcquired(const ConnectionRecord& connection, const RequestRecord& request,
                                    Name previous_holder) {}  // empty unless it was on lease
  virtual void OnConnectionIdle(const ConnectionRecord& connection) {}
  virtual void OnClientSent(const ConnectionRecord& connection, size_t bytes) {}
  virtual void OnReadingPaused(const ConnectionRecord& connection) {}
  virtual void OnDelivered(const ExchangeRecord& exchange) {}  // bytes of the response, to the client
  virtual void OnHeadGiven(const ConnectionRecord& connection, const RequestRecord& request) {}
  virtual void OnPayloadFed(const PayloadRecord& payload) {}
  virtual void OnPayloadEnded(const PayloadRecord& payload) {}
  virtual void OnPayloadDestroyed(const PayloadRecord& payload) {}
  virtual void OnServerBegan(const ConnectionRecord& connection, const ExchangeRecord& exchange) {}
  virtual void OnServerHead(const ExchangeRecord& exchange) {}
  virtual void OnServerBody(Name connection, Name request, uint64_t offset, absl::string_view bytes) {}
  virtual void OnServerComplete(const ExchangeRecord& exchange) {}  // the request, to its last byte
  virtual void OnServerMalformed(const ConnectionRecord& connection, uint32_t ordinal, absl::string_view why) {}
  virtual void OnRequestEnded(const RequestRecord& request) {}  // cancelled ones too
  virtual void OnOperationEnded(const OperationRecord& operation) {}
  virtual void OnUploadGiven(const RequestRecord& request, uint64_t bytes) {}
  virtual void OnHeadRead(const RequestRecord& request, size_t fields, uint64_t digest) {}
  virtual void OnPartRead(const RequestRecord& request, const ReadTerms& terms, absl::string_view bytes) {}
  virtual void OnReadRefused(const RequestRecord& request, const ReadTerms& terms) {}
  virtual void OnBodyRead(const RequestRecord& request, uint64_t offset, absl::string_view bytes) {}
  virtual void OnBodyEnded(const RequestRecord& request, uint64_t total) {}
  virtual void OnBodyFailed(const RequestRecord& request, absl::string_view error, bool session_closed,
                            bool timed_out) {}
  virtual void OnFramesDelivered(const WebSocketRecord& socket) {}  // a frame, or a part of one, to the client
  virtual void OnFramesMalformed(const WebSocketRecord& socket, absl::string_view why) {}
  virtual void OnMessageArrived(const WebSocketRecord& socket, bool text, absl::string_view bytes) {}
  virtual void OnCloseArrived(const WebSocketRecord& socket) {}  // the client's
  virtual void OnMessageReceived(const WebSocketRecord& socket, bool text, absl::string_view bytes) {}
  virtual void OnMessagesEnded(const WebSocketRecord& socket, uint16_t close_code) {}
  virtual void OnMessagesFailed(const WebSocketRecord& socket, absl::string_view error, uint16_t close_code) {}
  virtual void OnClosingEnded(const WebSocketRecord& socket, bool ok, absl::string_view error) {}
};

class Ledger final : public client::ClientObserver,
                     public WireObserver,
                     public ServerObserver,
                     public WorkloadObserver,
                     private NamedTables {
 public:
  explicit Ledger(World& world);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // `listener` is not owned and outlives the run.
  void Listen(Fact fact, LedgerListener& listener) { listeners_[static_cast<size_t>(fact)].push_back(&listener); }

  // The tables, in the order in which their entries appeared.
  const std::vector<ConnectionRecord>& connections() const { return connections_; }
  const std::vector<ExchangeRecord>& exchanges() const { return exchanges_; }
  const std::vector<RequestRecord>& requests() const { return requests_; }
  const std::vector<OperationRecord>& operations() const { return operations_; }
  const std::vector<PayloadRecord>& payloads() const { return payloads_; }
  const std::vector<WaiterRecord>& waiters() const { return waiters_; }
  const std::vector<LookupRecord>& lookups() const { return lookups_; }
  const std::vector<TaskRecord>& tasks() const { return tasks_; }
  const std::vector<WebSocketRecord>& websockets() const { return websockets_; }

  // The youngest entry of that name; null if there is none.
  const ConnectionRecord* FindConnection(Name name) const;
  const RequestRecord* FindRequest(Name name) const;
  const PayloadRecord* FindPayload(Name name) const;
  const TaskRecord* FindTask(Name name) const;
  const LookupRecord* FindLookup(Name name) const;
  const WaiterRecord* FindWaiter(Name request) const;
  const OperationRecord* FindOperation(Name request) const;
  const WebSocketRecord* FindWebSocket(Name request) const;
  // The last exchange of a request, or of a connection.
  const ExchangeRecord* ExchangeOf(Name request) const;
  const ExchangeRecord* LastExchange(Name connection) const;
  // The `ordinal`-th exchange of a connection.
  const ExchangeRecord* FindExchange(Name connection, uint32_t ordinal) const;
  // The payload that keeps a connection paused: the one that was named, or the last one opened on it.
  const PayloadRecord* Pauser(const ConnectionRecord& connection) const;

  // The collector has it: it was abandoned and has not been collected. A request also where its task was.
  bool abandoned(Name handle) const;
  // The same for what is under an abandoned task or handle: tasks that go on beside it.
  bool abandoned_above(Name name) const;
  // Whoever had the session has abandoned it, and it is still there: nobody closes it.
  bool session_abandoned() const { return abandoned(Name().Child("session", 0)); }

  // Both directions, all connections; bytes.
  uint64_t bytes_moved() const { return bytes_moved_; }
  uint32_t paused() const { return paused_; }  // connections
  uint32_t live_requests() const { return live_requests_; }

  // ClientObserver.
  void RequestStarted(Name request, absl::string_view method, absl::string_view url) override;
  void RequestEnded(Name request, const client::Result<void>& outcome) override;
  void RequestCancelled(Name request) override;
  void WaiterQueued(Name key, Name request) override;
  void WaiterLeft(Name key, Name request) override;
  void ConnectStarted(Name key, Name connection) override;
  void ConnectEnded(Name key, Name connection, bool connected) override;
  void ConnectionAcquired(Name key, Name connection, Name request) override;
  void ConnectionDraining(Name key, Name connection) override;
  void ConnectionIdle(Name key, Name connection) override;
  void ConnectionClosed(Name key, Name connection, absl::string_view why) override;
  void RequestSent(Name connection, Name request) override;
  void HeadReceived(Name connection, Name request, int status) override;
  void PayloadOpened(Name connection, Name request, Name payload) override;
  void PayloadFed(Name payload, uint64_t bytes, uint64_t buffered) override;
  void PayloadRead(Name payload, uint64_t bytes, uint64_t buffered) override;
  void PayloadEof(Name payload) override;
  void PayloadError(Name payload, const client::ClientError& error) override;
  void PayloadDestroyed(Name payload) override;
  void ReadingPaused(Name connection, Name payload) override;
  void ReadingResumed(Name connection, Name payload) override;
  void NotClosed(Name handle, absl::string_view what) override;

  // WireObserver.
  void SocketOpened(Name connection, absl::string_view host_port) override;
  void SocketConnected(Name connection) override;
  void SocketFailed(Name connection, absl::string_view why) override;
  void SocketClosed(Name connection) override;
  void LookupStarted(Name lookup, absl::string_view host) override;
  void LookupEnded(Name lookup) override;
  void ReadingPaused(Name connection) override;
  void ReadingResumed(Name connection) override;
  void BytesSent(Name connection, End from, absl::string_view bytes) override;
  void BytesReceived(Name connection, End to, absl::string_view bytes) override;
  void FinSent(Name connection, End from) override;
  void FinReceived(Name connection, End to) override;
  void Reset(Name connection, End from) override;
  void LossReported(Name connection, End to) override;
  void Encrypted(Name connection) override;
  void PlainReceived(Name connection, absl::string_view bytes) override;
  void PlainEnded(Name connection) override;
  void Proxied(Name connection) override;
  void Tunnelled(Name connection, absl::string_view host_port) override;

  // ServerObserver.
  void RequestBegan(Name connection, uint32_t ordinal) override;
  void RequestHead(Name connection, uint32_t ordinal, Name request) override;
  void Continued(Name connection, Name request) override { Reach(MarkId::kContinued, request); }
  void RequestBody(Name connection, Name request, uint64_t offset, absl::string_view bytes) override;
  void RequestComplete(Name connection, Name request, uint64_t body_bytes) override;
  void RequestMalformed(Name connection, uint32_t ordinal, absl::string_view why) override;
  void ResponseEncoded(Name connection, Name request, uint64_t plain_bytes) override;
  void HeadSent(Name connection, Name request, size_t fields, uint64_t digest) override;
  void ResponseBegan(Name connection, Name request, int status, uint64_t body_bytes, bool until_close) override;
  void ResponseComplete(Name connection, Name request) override;
  void Silent(Name connection, Name request) override;
  void Untruthful(Name connection) override;
  void WebSocketAccepted(Name connection, Name socket) override;
  void CompressionAgreed(Name socket) override;
  void MessageBegan(Name socket, Name key, bool text, uint64_t bytes) override;
  void MessageSent(Name socket) override;
  void MessageArrived(Name socket, bool text, absl::string_view bytes) override;
  void PingIgnored(Name socket) override;
  void CloseSent(Name socket, uint16_t code) override;
  void CloseArrived(Name socket, uint16_t code) override;
  void FramesMalformed(Name connection, Name socket, absl::string_view why) override;

  // WorkloadObserver.
  void TaskStarted(Name task) override;
  void TaskEnded(Name task, bool cancelled) override;
  void OperationStarted(Name task, Name request, absl::string_view what) override;
  void UploadPlanned(Name request, uint64_t body_bytes) override;
  void PatienceSet(Name request, const Patience& patience) override;
  void UploadGiven(Name request, uint64_t bytes) override;
  void OperationEnded(Name task, Name request, bool ok, absl::string_view error) override;
  void OperationCancelled(Name task, Name request) override;
  void HeadRead(Name request, size_t fields, uint64_t digest) override;
  void PartRead(Name request, const ReadTerms& terms, absl::string_view bytes) override;
  void ReadRefused(Name request, const ReadTerms& terms) override;
  void BodyRead(Name request, uint64_t offset, absl::string_view bytes) override;
  void BodyEnded(Name request, uint64_t total) override;
  void BodyFailed(Name request, uint64_t total, absl::string_view error, bool session_closed,
                  bool timed_out) override;
  void BodyDropped(Name request, uint64_t total) override;
  void WebSocketPlanned(Name socket, const SocketTerms& terms) override;
  void MessageGiven(Name socket, Name key, bool text, uint64_t bytes) override;
  void MessageAccepted(Name socket, Name key) override;
  void MessageReceived(Name socket, bool text, absl::string_view bytes) override;
  void MessagesEnded(Name socket, uint16_t close_code) override;
  void MessagesFailed(Name socket, absl::string_view error, uint16_t close_code) override;
  void ClosingStarted(Name socket) override;
  void ClosingEnded(Name socket, bool ok, absl::string_view error) override;
  void SessionClosing() override;
  void Abandoned(Name handle) override;
  void Collected(Name handle) override;

 private:
  // All whose entries are looked for by name, or all together.
  void VisitTables(Visit visit) const override;

  ConnectionRecord& Connection(Name name);
  OperationRecord* Operation(Name request);
  RequestRecord& Request(Name name);
  PayloadRecord& PayloadOf(Name name);
  ExchangeRecord* Exchange(Name connection, Name request);
  void Deliver(ConnectionRecord& connection, absl::string_view bytes);
  void DeliverEnd(const ConnectionRecord& connection);
  void DeliverFrames(const ConnectionRecord& connection, ExchangeRecord& exchange, absl::string_view bytes);
  WebSocketRecord& WebSocketOf(Name request);
  ExchangeRecord* UnderWay(const ConnectionRecord& connection);
  void EndRequest(RequestRecord& request);
  void EndPayload(PayloadRecord& payload);
  void Unpause(ConnectionRecord& connection);
  void Reach(MarkId mark, Name subject) { world_.history().Reach(mark, subject); }
  void MarkCancelled(const RequestRecord& request);
  void MarkFailed(Name request, client::ErrorKind error);
  void MarkLost(const ConnectionRecord& connection);

  template <class... Parameters, class... Arguments>
  void Tell(Fact fact, void (LedgerListener::*hook)(Parameters...), const Arguments&... arguments) {
    for (LedgerListener* listener : listeners_[static_cast<size_t>(fact)]) (listener->*hook)(arguments...);
  }

  World& world_;
  std::vector<ConnectionRecord> connections_;
  std::vector<ExchangeRecord> exchanges_;
  std::vector<RequestRecord> requests_;
  std::vector<OperationRecord> operations_;
  std::vector<PayloadRecord> payloads_;
  std::vector<WaiterRecord> waiters_;
  std::vector<LookupRecord> lookups_;
  std::vector<TaskRecord> tasks_;
  std::vector<WebSocketRecord> websockets_;
  std::vector<Name> abandoned_;
  uint64_t queued_ = 0;  // how many ever did
  uint64_t bytes_moved_ = 0;
  uint32_t paused_ = 0;
  uint32_t live_requests_ = 0;
  std::array<std::vector<LedgerListener*>, kFactCount> listeners_;
};

}  // namespace sim

#endif  // SIM_ORACLE_LEDGER_H_
