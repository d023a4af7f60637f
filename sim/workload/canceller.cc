#include "sim/workload/canceller.h"

#include "absl/time/time.h"

namespace sim {

Canceller::Canceller(World& world, Name task, Ways ways, void* argument)
    : world_(world),
      name_(AskerFor(world, task)),
      ways_(ways),
      argument_(argument),
      source_(world.loop(), name_),
      now_([](void* self) { static_cast<Canceller*>(self)->Now(); }, this),
      later_(world.loop(), name_, TimerKind::kSleep, [](void* self) { static_cast<Canceller*>(self)->Now(); }, this) {}

void Canceller::Disarm() {
  when_woken_ = false;
  world_.loop().Cancel(now_);
  later_.Cancel();
}

bool Canceller::Resuming() {
  if (abandoned_) return false;
  if (!when_woken_) return true;
  Now();
  return false;
}

Canceller::Answer Canceller::Ask() {
  Answer answers[kAnswerCount] = {kGoOn};
  uint32_t count = 1;
  if (ways_.cancel != nullptr) {
    for (const Answer answer : {kNow, kWhenWoken, kLater}) answers[count++] = answer;
  }
  if (ways_.abandon != nullptr) answers[count++] = kAbandon;
  if (ways_.close != nullptr) answers[count++] = kClose;
  return answers[world_.Choose(Label::kTaskCancel, name_, count)];
}

void Canceller::Suspended() {
  if (abandoned_ || now_.posted() || later_.pending()) return;
  switch (Ask()) {
    case kNow:
      world_.loop().Post(source_, now_);
      break;
    case kWhenWoken:
      when_woken_ = true;
      break;
    case kLater:
      later_.PostAt(world_.loop().Now() + absl::Nanoseconds(world_.ChooseFromMenu(Label::kTaskCancel, name_)));
      break;
    case kAbandon:
      Disarm();
      abandoned_ = true;
      ways_.abandon(argument_);
      break;
    case kClose:
      ways_.close(argument_);
      break;
    case kGoOn:
    case kAnswerCount:
      break;
  }
}

void Canceller::Now() {
  Disarm();
  ways_.cancel(argument_);
}

}  // namespace sim
