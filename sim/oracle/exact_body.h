// EXACT-BODY: what a user reads is a prefix of the body that was sent for his request, and all of it at a clean end.
//
// Every byte is a function of the request and the offset, so a byte that is lost, doubled, moved or made up shows where
// it surfaces. The same for the bodies of requests, at the server: an upload that is given up gets no valid end. Bytes
// of another request are OWNERSHIP's.
#ifndef SIM_ORACLE_EXACT_BODY_H_
#define SIM_ORACLE_EXACT_BODY_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/world/pattern.h"

namespace sim {

class ExactBody final : public LedgerLaw {
 public:
  ExactBody(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kExactBody,
                  {Fact::kBodyRead, Fact::kBodyEnded, Fact::kServerBody, Fact::kServerComplete}) {}

  void OnBodyRead(const RequestRecord& request, uint64_t offset, absl::string_view bytes) override {
    if (offset != request.body_read) {
      return Violated([&] {
        return absl::StrCat("the body of ", words().Of(request.name), " goes on at byte ", Grouped(offset), " after ",
                            Grouped(request.body_read), " bytes");
      });
    }
    if (request.body_ends > 0) {
      return Violated([&] { return absl::StrCat("the body of ", words().Of(request.name), " goes on after its end"); });
    }
    Compare("the body of ", request.name, offset, bytes);
  }

  void OnServerBody(Name connection, Name request, uint64_t offset, absl::string_view bytes) override {
    Compare("the upload of ", request, offset, bytes);
  }

  void OnServerComplete(const ExchangeRecord& exchange) override {
    const OperationRecord* operation = ledger().FindOperation(exchange.request);
    if (operation == nullptr || operation->upload_bytes == exchange.request_body_bytes) return;
    Violated([&] {
      return absl::StrCat("the upload of ", words().Of(exchange.request), " came to a valid end after ",
                          Grouped(exchange.request_body_bytes), " of ", Grouped(operation->upload_bytes), " bytes");
    });
  }

  void OnBodyEnded(const RequestRecord& request, uint64_t total) override {
    const ExchangeRecord* exchange = ledger().ExchangeOf(request.name);
    // A body that only the end of its connection ends can be cut without a trace (RFC 9112 section 8): then it is all
    // that has arrived.
    const bool known = exchange != nullptr && exchange->response_began;
    uint64_t planned = known ? exchange->body_bytes : 0;
    if (known && exchange->until_close && exchange->delivered) planned = exchange->body_delivered;
    if (total == planned && request.body_read == planned) return;
    Violated([&] {
      return absl::StrCat("the body of ", words().Of(request.name), " ended cleanly after ", Grouped(request.body_read),
                          " of ", Grouped(planned), " bytes");
    });
  }

 private:
  void Compare(const char* what, Name key, uint64_t offset, absl::string_view bytes) {
    const size_t right = MatchPattern(key, offset, bytes);
    if (right == bytes.size()) return;
    Violated([&] {
      return absl::StrCat(what, words().Of(key), " is wrong from byte ", Grouped(offset + right), " on");
    });
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_EXACT_BODY_H_
