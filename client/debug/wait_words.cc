#include "client/debug/wait_words.h"

#include "absl/strings/str_cat.h"

namespace client {

std::string Grouped(uint64_t number) {
  std::string text = absl::StrCat(number);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ' ');
  return text;
}

std::string WithoutPool(std::string name) {
  const size_t pool = name.find("pool/");
  if (pool == 0 || (pool != std::string::npos && name[pool - 1] == '/')) name.erase(0, pool + 5);
  return name;
}

std::string BodyOf(absl::string_view request) { return absl::StrCat("the body of ", request); }

std::string MessagesOf(absl::string_view request) { return absl::StrCat("the messages of ", request); }

std::string AmountsOf(uint64_t in, absl::optional<uint64_t> whole, uint64_t read) {
  const std::string of = whole.has_value() ? absl::StrCat(" of ", Grouped(*whole)) : "";
  return absl::StrCat(Grouped(in), of, " bytes in, ", Grouped(read), " read");
}

std::string WaitsFor(absl::string_view what, absl::string_view on, absl::string_view connection) {
  return absl::StrCat("waits for ", what, " ", on, connection.empty() ? "" : " on ", connection);
}

std::string PausedLine(absl::string_view connection, absl::string_view payload, absl::string_view amounts) {
  return absl::StrCat(connection, " does not read: paused by ", payload, " (", amounts, ")");
}

std::string ReadByLine(absl::string_view payload, absl::string_view task, absl::string_view waits) {
  return absl::StrCat(payload, " is read by ", task, ", which ", waits);
}

std::string SlotsLine(const std::vector<SlotHolder>& holders) {
  std::string line = "the slots are held by";
  absl::string_view separator = " ";
  for (const SlotHolder& holder : holders) {
    absl::StrAppend(&line, separator, holder.request, holder.connection.empty() ? "" : " on ", holder.connection);
    separator = ", ";
  }
  return line;
}

}  // namespace client
