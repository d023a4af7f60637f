// A plain loop for tests: sources in the order in which they became ready, one callback each, in virtual time.
#ifndef CLIENT_TESTING_TEST_LOOP_H_
#define CLIENT_TESTING_TEST_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "client/net/event_loop.h"

namespace client::testing {

class TestLoop final : public EventLoop {
 public:
  ~TestLoop() override;

  absl::Time Now() const override { return now_; }
  void Post(Source& source, Runnable& runnable) override;
  void Cancel(Runnable& runnable) override;
  void Arm(Timer& timer, absl::Time deadline) override;
  void Disarm(Timer& timer) override;

  void Register(Name name, Name parent, const NameKind& kind, uint32_t number) override;
  // "pool/connection#2"
  std::string TextOf(Name name) const;

  // Runs one callback; false if none is ready now. Does not move the clock.
  bool Step();
  // The same with the source that became ready last.
  bool StepLast();
  // Runs until nothing is ready; returns the number of steps. More than a million abort the test.
  size_t RunReady();
  // The same, and moves the clock to every timer up to `duration` from now, in order.
  void Advance(absl::Duration duration);

  bool ready() const { return !ready_.empty(); }
  size_t armed_timers() const { return timers_.size(); }

 private:
  void Forget(Source& source) override;
  void Unready(Source& source);
  void RunOne(Source& source);

  absl::Time now_ = absl::UnixEpoch();
  uint64_t sequence_ = 0;
  std::deque<Source*> ready_;
  std::map<uint64_t, std::string> texts_;
  struct Earlier {
    bool operator()(const Timer* a, const Timer* b) const {
      return std::pair(a->deadline_ns, a->sequence) < std::pair(b->deadline_ns, b->sequence);
    }
  };
  std::set<Timer*, Earlier> timers_;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_TEST_LOOP_H_
