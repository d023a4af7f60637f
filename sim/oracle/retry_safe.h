// RETRY-SAFE: a request that is not idempotent reaches a server at most once (RFC 9110 section 9.2.2), and no request
// is sent again once its user has been given a part of the response. A retry that nobody has answered either is not
// retried (same section), and redirects that lead in a circle come to an end (section 15.4). The other way round, a
// request of which not a byte was sent does not fail with a connection that its peer has closed: another one would do.
#ifndef SIM_ORACLE_RETRY_SAFE_H_
#define SIM_ORACLE_RETRY_SAFE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"

namespace sim {

class RetrySafe final : public LedgerLaw {
 public:
  RetrySafe(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kRetrySafe, {Fact::kServerHead, Fact::kRequestEnded}) {}

  void OnRequestEnded(const RequestRecord& request) override {
    if (!request.failed || request.error != client::ErrorKind::kDisconnected) return;
    if (ServedUntruthfully(request)) return;  // who hangs up on whom he has just accepted would do so again
    const ConnectionRecord* connection = ledger().FindConnection(request.connection);
    if (connection == nullptr || connection->holder != request.name || connection->reset) return;
    if (!connection->ended_for_client() || connection->sent[kClientEnd] > connection->sent_before) return;
    const bool shook_hands = connection->encrypted || connection->tunnelled;
    if (shook_hands && connection->leases == 1) return;  // the same, behind a handshake
    Violated([&] {
      return absl::StrCat(words().Of(request.name), " failed because ", words().Of(connection->name),
                          " was closed, although not a byte of it was sent");
    });
  }

  void OnServerHead(const ExchangeRecord& exchange) override {
    const RequestRecord* request = ledger().FindRequest(exchange.request);
    if (request == nullptr) return;
    if (request->idempotent && request->body_read == 0) return JudgeAttempts(*request);
    for (const ExchangeRecord& other : ledger().exchanges()) {
      if (other.request != exchange.request) continue;
      if (other.connection == exchange.connection && other.ordinal == exchange.ordinal) continue;
      return Violated([&] {
        return absl::StrCat(words().Of(request->name), " reached a server twice, on ", words().Of(other.connection),
                            " and on ", words().Of(exchange.connection),
                            request->idempotent ? ", after a part of its response was read" : "");
      });
    }
  }

 private:
  // More than any client's redirects, each with a retry and an expectation that was not met.
  static constexpr uint32_t kAttemptsMax = 100;

  // A redirect, or the answer to an expectation, leads to another attempt as well; but that is an answer.
  void JudgeAttempts(const RequestRecord& request) {
    uint32_t attempts = 0;
    uint32_t unanswered = 0;
    for (const ExchangeRecord& exchange : ledger().exchanges()) {
      if (exchange.request != request.name) continue;
      ++attempts;
      unanswered = exchange.response_began ? 0 : unanswered + 1;
    }
    if (attempts > kAttemptsMax) {
      return Violated([&] {
        return absl::StrCat(words().Of(request.name), " has reached servers ", attempts,
                            " times, and nobody ends that");
      });
    }
    if (unanswered <= 2) return;
    Violated([&] {
      return absl::StrCat(words().Of(request.name), " reached a server once more, although its retry was not answered");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_RETRY_SAFE_H_
