#include "sim/oracle/words.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sim {

std::string Grouped(uint64_t number) {
  std::string text = absl::StrCat(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ' ');
  return text;
}

std::string Words::Of(Name name) const {
  std::string text = world_.Text(name);
  const auto& connections = ledger_.connections();
  const auto& waiters = ledger_.waiters();
  const auto uses = [name](const ConnectionRecord& record) { return record.name == name || record.key == name; };
  const auto waits = [name](const WaiterRecord& waiter) { return waiter.key == name; };
  const bool pooled = std::any_of(connections.begin(), connections.end(), uses) ||
                      std::any_of(waiters.begin(), waiters.end(), waits);
  const size_t pool = text.find("pool/");
  if (pooled && (pool == 0 || (pool != std::string::npos && text[pool - 1] == '/'))) text.erase(0, pool + 5);
  return text;
}

std::string Words::OfPayload(const PayloadRecord& payload) const {
  if (payload.request.empty()) return Of(payload.name);
  if (payload.messages) return absl::StrCat("the messages of ", Of(payload.request));
  return absl::StrCat("the body of ", Of(payload.request));
}

uint64_t Words::Delivered(const PayloadRecord& payload) const {
  const ExchangeRecord* exchange = ledger_.ExchangeOf(payload.request);
  return exchange != nullptr ? std::max(exchange->body_delivered, payload.fed) : payload.fed;
}

std::string Words::AmountsSoFar(const PayloadRecord& payload) const {
  return absl::StrCat(Grouped(Delivered(payload)), " bytes in, ", Grouped(payload.read), " read");
}

std::string Words::Amounts(const PayloadRecord& payload) const {
  const ExchangeRecord* exchange = ledger_.ExchangeOf(payload.request);
  if (exchange == nullptr || !exchange->response_began) return AmountsSoFar(payload);
  return absl::StrCat(Grouped(Delivered(payload)), " of ", Grouped(exchange->body_bytes), " bytes in, ",
                      Grouped(payload.read), " read");
}

std::string Words::OfAny(Name name) const {
  const PayloadRecord* payload = ledger_.FindPayload(name);
  return payload != nullptr ? OfPayload(*payload) : Of(name);
}

}  // namespace sim
