#include "client/testing/test_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client::testing {

TestLoop::~TestLoop() {
  CHECK(timers_.empty());
  CHECK(ready_.empty());
}

void TestLoop::Post(Source& source, Runnable& runnable) {
  CHECK(!runnable.posted());
  if (source.empty()) ready_.push_back(&source);
  source.Append(runnable);
}

void TestLoop::Cancel(Runnable& runnable) {
  Source* source = runnable.source();
  if (source == nullptr) return;
  source->Remove(runnable);
  if (source->empty()) Unready(*source);
}

void TestLoop::Arm(Timer& timer, absl::Time deadline) {
  CHECK(!timer.armed());
  timer.deadline_ns = absl::ToUnixNanos(deadline);
  timer.sequence = ++sequence_;
  timer.heap_position = 0;
  timers_.insert(&timer);
}

void TestLoop::Disarm(Timer& timer) {
  if (!timer.armed()) return;
  timers_.erase(&timer);
  timer.heap_position = Timer::kUnarmed;
}

void TestLoop::Register(Name name, Name parent, const NameKind& kind, uint32_t number) {
  std::string text = parent.empty() ? "" : TextOf(parent) + "/";
  absl::StrAppend(&text, kind.text());
  if (number != 0) absl::StrAppend(&text, "#", number);
  texts_[name.id()] = std::move(text);
}

std::string TestLoop::TextOf(Name name) const {
  const auto found = texts_.find(name.id());
  return found == texts_.end() ? "?" : found->second;
}

bool TestLoop::Step() {
  while (!timers_.empty() && (*timers_.begin())->deadline_ns <= absl::ToUnixNanos(now_)) {
    Timer& due = **timers_.begin();
    Disarm(due);
    Post(due.source(), due.fire());
  }
  if (ready_.empty()) return false;
  RunOne(*ready_.front());
  return true;
}

bool TestLoop::StepLast() {
  if (ready_.empty()) return false;
  RunOne(*ready_.back());
  return true;
}

void TestLoop::RunOne(Source& source) {
  Unready(source);
  Runnable& runnable = source.TakeFirst();
  if (!source.empty()) ready_.push_back(&source);
  current_ = &source;
  runnable.Run();
  current_ = nullptr;
}

size_t TestLoop::RunReady() {
  size_t steps = 0;
  while (Step()) CHECK_LT(++steps, 1000000u);
  return steps;
}

void TestLoop::Advance(absl::Duration duration) {
  const absl::Time end = now_ + duration;
  RunReady();
  while (!timers_.empty()) {
    const absl::Time next = absl::FromUnixNanos((*timers_.begin())->deadline_ns);
    if (next > end) break;
    now_ = std::max(now_, next);
    RunReady();
  }
  now_ = end;
}

void TestLoop::Forget(Source& source) {
  if (current_ == &source) current_ = nullptr;
  if (source.empty()) return;
  while (!source.empty()) source.TakeFirst();
  Unready(source);
}

void TestLoop::Unready(Source& source) { ready_.erase(std::find(ready_.begin(), ready_.end(), &source)); }

}  // namespace client::testing
