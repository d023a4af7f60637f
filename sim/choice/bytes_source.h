// Bytes as a tape: what a fuzzer mutates, read as decisions.
//
// A question with up to 256 alternatives takes one byte, one with more takes two, the low one first; the answer is
// that number modulo the alternatives. Behind the end everything is 0. So all bytes are a run, no byte is wasted on
// questions that nobody asks, and a run's decisions are bytes again: FromTape().
#ifndef SIM_CHOICE_BYTES_SOURCE_H_
#define SIM_CHOICE_BYTES_SOURCE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sim/choice/choice_source.h"
#include "sim/choice/tape.h"

namespace sim {

class BytesSource final : public ChoiceSource {
 public:
  // `bytes` is not owned.
  explicit BytesSource(absl::string_view bytes) : bytes_(bytes) {}

  void BeginRun() override { at_ = 0; }
  uint32_t Choose(const Question& question) override;

  size_t used() const { return at_; }  // bytes

  // The shortest bytes that make the run of a complete tape.
  static std::string FromTape(const TapeEntry* begin, const TapeEntry* end);

 private:
  uint32_t Take() { return at_ < bytes_.size() ? static_cast<unsigned char>(bytes_[at_++]) : 0; }

  absl::string_view bytes_;
  size_t at_ = 0;
};

}  // namespace sim

#endif  // SIM_CHOICE_BYTES_SOURCE_H_
