#include "sim/choice/delay_source.h"

namespace sim {

void DelaySource::SeedSchedule() {
  place_count_ = delays_ != 0 ? std::min(delays_, kDelaysMax) : 1 + prng().Below(5);
  for (uint32_t i = 0; i < place_count_; ++i) places_[i] = DrawPlace();
  delayed_count_ = 0;
}

bool DelaySource::IsDelayed(Name name) const {
  for (uint32_t i = 0; i < delayed_count_; ++i) {
    if (delayed_[i].name == name && delayed_[i].until > asked()) return true;
  }
  return false;
}

uint32_t DelaySource::First(const Question& question) const {
  if (delayed_count_ == 0) return 0;
  for (uint32_t i = 0; i < question.count; ++i) {
    if (!IsDelayed(question.alternatives->Id(i))) return i;
  }
  return 0;
}

uint32_t DelaySource::Next(const Question& question) {
  for (uint32_t i = 0; i < place_count_; ++i) {
    if (places_[i] != asked()) continue;
    // A statement of its own: compilers count up before or after they ask for the first.
    const Name first = question.alternatives->Id(First(question));
    delayed_[delayed_count_++] = {first, asked() + question.count - 1};
  }
  return First(question);
}

}  // namespace sim
