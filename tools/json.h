// One JSON object on one line.
#ifndef TOOLS_JSON_H_
#define TOOLS_JSON_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace wavetank {

class JsonObject {
 public:
  JsonObject& Add(absl::string_view key, absl::string_view text);
  JsonObject& Add(absl::string_view key, const char* text) { return Add(key, absl::string_view(text)); }
  JsonObject& Add(absl::string_view key, uint64_t number);
  JsonObject& AddNumber(absl::string_view key, double number);  // finite
  JsonObject& AddBool(absl::string_view key, bool value);

  std::string Text() const { return "{" + members_ + "}"; }

 private:
  void Key(absl::string_view key);
  std::string members_;
};

// With quotes. What is not UTF-8 becomes U+FFFD.
std::string JsonString(absl::string_view text);

}  // namespace wavetank

#endif  // TOOLS_JSON_H_
