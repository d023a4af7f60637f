// OWNERSHIP: the n-th response of a connection goes to whoever sent the n-th request on it.
//
// So no request begins before the response to the one before has been sent, every head goes to the request in whose
// turn it comes, with the fields that were sent and no others, and no byte of a body surfaces under another request.
// Catches connections that are reused while a response is outstanding, responses that are handed to the next in line
// after a cancel, and fields that one head leaves to the next.
#ifndef SIM_ORACLE_OWNERSHIP_H_
#define SIM_ORACLE_OWNERSHIP_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/world/pattern.h"

namespace sim {

class Ownership final : public LedgerLaw {
 public:
  Ownership(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kOwnership,
                  {Fact::kServerBegan, Fact::kHeadGiven, Fact::kHeadRead, Fact::kBodyRead}) {}

  void OnServerBegan(const ConnectionRecord& connection, const ExchangeRecord& exchange) override {
    const ExchangeRecord* before = ledger().FindExchange(connection.name, exchange.ordinal - 1);
    if (before == nullptr || before->response_complete || before->malformed) return;
    const Name unanswered = before->request;
    Violated([&] {
      return absl::StrCat("request ", exchange.ordinal, " began on ", words().Of(connection.name), " before ",
                          words().Of(unanswered), " was answered");
    });
  }

  void OnHeadGiven(const ConnectionRecord& connection, const RequestRecord& request) override {
    const ExchangeRecord* exchange = ledger().FindExchange(connection.name, connection.heads);
    if (exchange != nullptr && exchange->request == request.name) return;
    if (connection.crossed || connection.untruthful) return;  // nobody could tell
    Violated([&] {
      const std::string answers =
          exchange == nullptr ? "no request that the server has seen" : words().Of(exchange->request);
      return absl::StrCat("response ", connection.heads, " on ", words().Of(connection.name), " was given to ",
                          words().Of(request.name), "; it answers ", answers);
    });
  }

  void OnHeadRead(const RequestRecord& request, size_t fields, uint64_t digest) override {
    const ExchangeRecord* exchange = ledger().ExchangeOf(request.name);
    if (exchange == nullptr || exchange->head_digest == 0 || exchange->head_digest == digest) return;
    if (ServedUntruthfully(request) || WasCrossed(request.name)) return;
    Violated([&] {
      return absl::StrCat("the head of the response to ", words().Of(request.name), ", with ", fields,
                          " fields, is not the one that was sent for it, with ", exchange->head_fields);
    });
  }

  void OnBodyRead(const RequestRecord& request, uint64_t offset, absl::string_view bytes) override {
    if (ServedUntruthfully(request)) return;
    const ExchangeRecord* own = ledger().ExchangeOf(request.name);
    if (own != nullptr && own->encoded) return;
    if (bytes.size() < kTelling || MatchPattern(request.name, offset, bytes.substr(0, kTelling)) == kTelling) return;
    for (const ExchangeRecord& other : ledger().exchanges()) {
      if (other.request == request.name || other.request.empty()) continue;
      if (!Holds(other.request, offset, bytes) && !Holds(other.request, 0, bytes)) continue;
      return Violated([&] {
        return absl::StrCat("the body of ", words().Of(request.name), " holds bytes of another request, ",
                            words().Of(other.request), ", at byte ", Grouped(offset));
      });
    }
  }

 private:
  static constexpr size_t kTelling = 8;  // bytes that no two bodies share at one offset

  static bool Holds(Name request, uint64_t offset, absl::string_view bytes) {
    return MatchPattern(request, offset, bytes.substr(0, kTelling)) == kTelling;
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_OWNERSHIP_H_
