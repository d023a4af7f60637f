#include "sim/oracle/words.h"

#include <algorithm>
#include <utility>

#include "absl/types/optional.h"

namespace sim {

std::string Words::Of(Name name) const {
  std::string text = world_.Text(name);
  const auto& connections = ledger_.connections();
  const auto& waiters = ledger_.waiters();
  const auto uses = [name](const ConnectionRecord& record) { return record.name == name || record.key == name; };
  const auto waits = [name](const WaiterRecord& waiter) { return waiter.key == name; };
  const bool pooled = std::any_of(connections.begin(), connections.end(), uses) ||
                      std::any_of(waiters.begin(), waiters.end(), waits);
  return pooled ? client::WithoutPool(std::move(text)) : text;
}

std::string Words::OfPayload(const PayloadRecord& payload) const {
  if (payload.request.empty()) return Of(payload.name);
  return payload.messages ? client::MessagesOf(Of(payload.request)) : client::BodyOf(Of(payload.request));
}

uint64_t Words::Delivered(const PayloadRecord& payload) const {
  const ExchangeRecord* exchange = ledger_.ExchangeOf(payload.request);
  return exchange != nullptr ? std::max(exchange->body_delivered, payload.fed) : payload.fed;
}

std::string Words::AmountsSoFar(const PayloadRecord& payload) const {
  return client::AmountsOf(Delivered(payload), absl::nullopt, payload.read);
}

std::string Words::Amounts(const PayloadRecord& payload) const {
  const ExchangeRecord* exchange = ledger_.ExchangeOf(payload.request);
  if (exchange == nullptr || !exchange->response_began) return AmountsSoFar(payload);
  return client::AmountsOf(Delivered(payload), exchange->body_bytes, payload.read);
}

std::string Words::OfAny(Name name) const {
  const PayloadRecord* payload = ledger_.FindPayload(name);
  return payload != nullptr ? OfPayload(*payload) : Of(name);
}

}  // namespace sim
