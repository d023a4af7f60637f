// ERROR≠EOF: a body that was cut never ends cleanly, and a body that has come in full never fails.
//
// Cut means that the framing on the wire did not come to its end at the client (RFC 9112 section 8). A failure is right
// in spite of a full body where the user's side caused it: a timeout, a closed session, a body source that failed, a
// read that the user's own limit rejects. And nothing fails as disconnected whose connection the peer has not ended:
// so do timeouts that act on the wrong operation, and cancelled ones that take the next with them.
#ifndef SIM_ORACLE_ERROR_NOT_EOF_H_
#define SIM_ORACLE_ERROR_NOT_EOF_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class ErrorNotEof final : public LedgerLaw {
 public:
  ErrorNotEof(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kErrorNotEof,
                  {Fact::kBodyEnded, Fact::kBodyFailed, Fact::kPayloadEnded, Fact::kRequestEnded, Fact::kMessagesEnded,
                   Fact::kMessagesFailed, Fact::kClosingEnded}) {}

  void OnBodyEnded(const RequestRecord& request, uint64_t total) override { MustBeDelivered(request.name); }
  void OnPayloadEnded(const PayloadRecord& payload) override {
    if (payload.eof && !payload.messages) MustBeDelivered(payload.request);
    if (payload.eof && payload.messages) MustBeClosed(ledger().FindWebSocket(payload.request), "has its eof");
    if (payload.failed) MustBeDisconnected(payload.request, payload.connection, payload.error);
  }

  void OnRequestEnded(const RequestRecord& request) override {
    if (request.failed) MustBeDisconnected(request.name, request.connection, request.error);
  }

  void OnBodyFailed(const RequestRecord& request, absl::string_view error, bool session_closed,
                    bool timed_out) override {
    const ExchangeRecord* exchange = ledger().ExchangeOf(request.name);
    if (exchange == nullptr || !exchange->delivered || session_closed || timed_out || UsersFault(request)) return;
    const ConnectionRecord* connection = ledger().FindConnection(exchange->connection);
    if (exchange->encoded && exchange->plain_bytes == ExchangeRecord::kUndecodable) return;
    // Where only the end of the connection ends the body, a reset behind the FIN may still be told apart or not.
    if (exchange->until_close && connection != nullptr && connection->reset) return;
    if (exchange->until_close && exchange->encoded && exchange->body_delivered < exchange->body_bytes) return;
    Violated([&] {
      return absl::StrCat("the body of ", words().Of(request.name), " failed (", std::string(error),
                          ") although all of it had come: ", Grouped(exchange->body_delivered), " bytes");
    });
  }

  // RFC 6455 section 7.1: a WebSocket is closed cleanly when the peer's Close has come, which says how.
  void OnMessagesEnded(const WebSocketRecord& socket, uint16_t close_code) override {
    MustBeClosed(&socket, "has ended cleanly");
    if (!socket.tracker.closed() || close_code == socket.tracker.close_code()) return;
    Violated([&] {
      return absl::StrCat(words().Of(socket.name), " was closed with ", socket.tracker.close_code(),
                          ", and its user was told ", close_code);
    });
  }
  void OnMessagesFailed(const WebSocketRecord& socket, absl::string_view error, uint16_t close_code) override {
    MustBeCut(socket, error);
    if (close_code != kNormalClosure) return;
    Violated([&] { return absl::StrCat(words().Of(socket.name), " was cut, and its user was told ", close_code); });
  }
  void OnClosingEnded(const WebSocketRecord& socket, bool ok, absl::string_view error) override {
    if (ok) {
      MustBeClosed(&socket, "was closed cleanly");
    } else {
      MustBeCut(socket, error);
    }
  }

 private:
  static constexpr uint16_t kNormalClosure = 1000;

  void MustBeClosed(const WebSocketRecord* socket, const char* what) {
    if (socket == nullptr || socket->tracker.closed() || ServedUntruthfully(socket->name)) return;
    Violated([&] {
      return absl::StrCat(words().Of(socket->name), " ", what, " although no Close of the server's has come");
    });
  }
  void MustBeCut(const WebSocketRecord& socket, absl::string_view error) {
    if (!socket.tracker.closed()) return;
    Violated([&] {
      return absl::StrCat(words().Of(socket.name), " failed (", std::string(error),
                          ") although the server's Close had come");
    });
  }

  static bool UsersFault(const RequestRecord& request) {
    using client::ErrorKind;
    if (request.cancelled) return true;
    return request.failed && (request.error == ErrorKind::kUsage || request.error == ErrorKind::kBodySource ||
                              request.error == ErrorKind::kRejected || request.error == ErrorKind::kTimeout ||
                              request.error == ErrorKind::kSessionClosed);
  }

  void MustBeDisconnected(Name request, Name name, client::ErrorKind error) {
    if (error != client::ErrorKind::kDisconnected) return;
    const ConnectionRecord* connection = ledger().FindConnection(name);
    if (connection != nullptr && (connection->untruthful || connection->plain_ended)) return;
    if (connection != nullptr && (connection->ended_for_client() || connection->unsolicited > 0)) return;
    Violated([&] {
      return absl::StrCat(words().Of(request), " failed as disconnected, although ",
                          connection == nullptr ? "it never had a connection"
                                                : absl::StrCat("nobody has closed ", words().Of(name)));
    });
  }

  void MustBeDelivered(Name request) {
    const ExchangeRecord* exchange = ledger().ExchangeOf(request);
    if (exchange == nullptr || exchange->delivered || WasCrossed(request)) return;
    const ConnectionRecord* connection = ledger().FindConnection(exchange->connection);
    if (connection != nullptr && connection->tracker.broken()) return;
    Violated([&] {
      return absl::StrCat("the body of ", words().Of(request), " ended cleanly although it was cut: ",
                          Grouped(exchange->body_delivered), " of ", Grouped(exchange->body_bytes), " bytes in");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_ERROR_NOT_EOF_H_
