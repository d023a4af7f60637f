// That what is left out makes no difference: the searches beside each other, and what they rest on.
#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/choice/enumerate_source.h"
#include "sim/choice/prng.h"
#include "sim/explore/fingerprint_set.h"
#include "sim/explore/reduced_search.h"
#include "sim/explore/searched_world.h"
#include "sim/explore/state_search.h"
#include "sim/toys/toy.h"
#include "sim/toys/toys.h"
#include "sim/world/runner.h"

namespace sim {
namespace {

using EndStates = std::set<uint64_t>;

// A few tasks with a few steps each on a few variables, drawn: they add to one, copy one to another, wait until one is
// odd, wake one or all, or do nothing that concerns others. Its end state says what every task has seen and how far it
// came, so that most orders come to another one.
class DrawnToy final : public Toy {
 public:
  DrawnToy(World& world, uint64_t seed, uint32_t tasks, uint32_t steps)
      : Toy(world), touched_(SayWhatIsTouched()), prng_(seed), tasks_(tasks), steps_(steps) {}

  void Spawn() override {
    for (uint32_t i = 0; i < tasks_; ++i) {
      for (uint32_t k = 0; k < steps_; ++k) {
        Move& move = plan_[i][k];
        move.what = prng_.Below(6);
        move.on = prng_.Below(kVariables);
        move.from = prng_.Below(kVariables);
      }
    }
    for (uint32_t i = 0; i < tasks_; ++i) Toy::Spawn(i + 1, Play(*this, i));
  }
  uint64_t EndState() const override {
    uint64_t state = 0;
    for (const uint64_t value : values_) state = Mix(state ^ value);
    for (const uint64_t value : seen_) state = Mix(state ^ value);
    return state;
  }

 private:
  static constexpr uint32_t kTasksMax = 4, kStepsMax = 4, kVariables = 3;
  struct Move {
    uint32_t what, on, from;
  };

  static Task<> Play(DrawnToy& toy, uint32_t task) {
    for (uint32_t k = 0; k < toy.steps_; ++k) {
      const Move& move = toy.plan_[task][k];
      co_await Yield();
      uint64_t& value = toy.values_[move.on];
      if (move.what == 3) {
        toy.touched_.Write(move.on);
        while (value % 2 == 0) {
          co_await toy.events_[move.on].Wait();
          toy.touched_.Write(move.on);
        }
      } else {
        toy.Make(move);
      }
      if (move.what <= 3) toy.seen_[task] = Mix(toy.seen_[task] ^ value);
      toy.seen_[task] += 1;
    }
  }
  void Make(const Move& move) {
    if (move.what == 0) {  // looks
      touched_.Read(move.on);
      return;
    }
    if (move.what == 5) return;
    touched_.Write(move.on);
    if (move.what == 1) values_[move.on] += 1;
    if (move.what == 2) {
      touched_.Read(move.from);
      values_[move.on] = 3 * values_[move.from] + 1;
    }
    if (move.what != 4) return;
    values_[move.on] += 1;
    if (move.from == 0) {
      events_[move.on].WakeOne();
    } else {
      events_[move.on].WakeAll();
    }
  }

  Footprint& touched_;
  Prng prng_;
  const uint32_t tasks_, steps_;
  std::array<std::array<Move, kStepsMax>, kTasksMax> plan_{};
  std::array<uint64_t, kVariables> values_{};
  std::array<ToyEvent, kVariables> events_;
  std::array<uint64_t, kTasksMax> seen_{};
};

class DrawnProgram final : public Program {
 public:
  DrawnProgram(uint64_t seed, uint32_t tasks, uint32_t steps)
      : name_(absl::StrCat("drawn ", seed)), seed_(seed), tasks_(tasks), steps_(steps) {
    config_.offers.Add(Label::kLoopNext);
  }
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override {
    return std::make_unique<DrawnToy>(world, seed_, tasks_, steps_);
  }

 private:
  std::string name_;
  uint64_t seed_;
  uint32_t tasks_, steps_;
  WorldConfig config_;
};

struct Found {
  EndStates ends;
  uint64_t states = 0, transitions = 0;
};

// Nothing judges: deadlocks are ends like others.
template <class Search>
Found Exhaust(const Program& program, Sameness sameness) {
  Search search(program, {.laws = LawSet::None(), .states_max = 1'000'000, .memory_max = 1 << 30, .sameness = sameness},
                std::make_shared<History>());
  StateSearch::Status status = StateSearch::Status::kGoesOn;
  while (status == StateSearch::Status::kGoesOn) status = search.Advance(1000);
  EXPECT_EQ(status, StateSearch::Status::kExhausted) << program.name();
  const EndStates ends(search.end_states().begin(), search.end_states().end());
  return {ends, search.counts().states, search.counts().transitions};
}

// A subject that says what it has come to at the end of every run.
class TellingSubject final : public Subject {
 public:
  TellingSubject(std::unique_ptr<Subject> subject, EndStates& ends) : subject_(std::move(subject)), ends_(ends) {}
  void Start() override { subject_->Start(); }
  void Heal() override { subject_->Heal(); }
  bool RunDry() override { return subject_->RunDry(); }
  bool Dry() const override { return subject_->Dry(); }
  void Close() override { subject_->Close(); }
  void Stopped() override {
    {
      HostScope host;
      ends_.insert(subject_->EndState());
    }
    subject_->Stopped();
  }

 private:
  std::unique_ptr<Subject> subject_;
  EndStates& ends_;
};

class TellingProgram final : public Program {
 public:
  TellingProgram(const Program& program, EndStates& ends) : program_(program), ends_(ends) {}
  const std::string& name() const override { return program_.name(); }
  const WorldConfig& config() const override { return program_.config(); }
  std::unique_ptr<Subject> Make(World& world) const override {
    return std::make_unique<TellingSubject>(program_.Make(world), ends_);
  }

 private:
  const Program& program_;
  EndStates& ends_;
};

EndStates Enumerate(const Program& program) {
  EndStates ends;
  const TellingProgram telling(program, ends);
  Runner runner;
  EnumerateSource source;
  do {
    runner.Run(telling, source, {.laws = LawSet::None()});
  } while (source.Next());
  return ends;
}

class ReductionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!SIM_HAS_ARENA) GTEST_SKIP() << "the sanitizer has the heap: there are no snapshots";
  }
};

TEST_F(ReductionTest, EverySearchComesToTheEndsThatEnumerationComesTo) {
  size_t most = 0;
  Found plain, reduced;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const DrawnProgram program(seed, seed % 2 == 0 ? 2 : 3, seed % 2 == 0 ? 4 : 2);
    const EndStates all = Enumerate(program);
    most = std::max(most, all.size());
    EXPECT_EQ(Exhaust<StateSearch>(program, Sameness::kBytes).ends, all) << program.name();
    const Found visited = Exhaust<StateSearch>(program, Sameness::kShape);
    EXPECT_EQ(visited.ends, all) << program.name();
    const Found found = Exhaust<ReducedSearch>(program, Sameness::kShape);
    EXPECT_EQ(found.ends, all) << program.name();
    plain.transitions += visited.transitions;
    reduced.transitions += found.transitions;
  }
  EXPECT_GT(most, 10u);
  EXPECT_LT(reduced.transitions, plain.transitions / 2);
}

// More of them than can be enumerated.
TEST_F(ReductionTest, ReductionComesToTheEndsThatAllStatesComeTo) {
  for (uint64_t seed = 1000; seed <= 1200; ++seed) {
    const DrawnProgram program(seed, 3 + seed % 2, 3);
    const Found all = Exhaust<StateSearch>(program, Sameness::kShape);
    EXPECT_EQ(Exhaust<ReducedSearch>(program, Sameness::kShape).ends, all.ends) << program.name();
  }
}

// Of two steps that are ready at one state, in both orders, from every state that there is.
struct Pairs {
  uint64_t independent = 0, dependent = 0;
  uint64_t changed_by_independent = 0, changed_by_dependent = 0;
};

class PairCheck {
 public:
  explicit PairCheck(const Program& program)
      : searched_(program, LawSet::None(), Sameness::kShape, std::make_shared<History>()) {}

  Pairs Run() {
    searched_.Build(source_, 0);
    From();
    return pairs_;
  }

 private:
  std::vector<Name> Ready() {
    std::vector<Name> ready;
    Scheduler& loop = searched_.world().loop();
    for (uint32_t i = 0; i < loop.ready(); ++i) ready.push_back(loop.ready_source(i).name());
    return ready;
  }
  Footprint Take(Name source) {
    source_.Want(source);
    *searched_.subject().footprint() = {};
    searched_.Turn();
    const Footprint touched = *searched_.subject().footprint();
    *searched_.subject().footprint() = {};
    return touched;
  }
  // Not of the order in which they stand, which the fingerprint leaves out.
  void From() {
    const std::vector<Name> ready = Ready();
    if (ready.empty() || !seen_.Insert(searched_.Take())) return;
    SearchedWorld::Place place;
    searched_.Mark(&place);
    for (size_t i = 0; i < ready.size(); ++i) {
      for (size_t k = i + 1; k < ready.size(); ++k) {
        searched_.GoBack(place);
        const Footprint first = Take(ready[i]);
        const Footprint behind = Take(ready[k]);
        const Fingerprint one = searched_.Take();
        searched_.GoBack(place);
        const Footprint second = Take(ready[k]);
        const Footprint again = Take(ready[i]);
        const bool same = searched_.Take() == one && first == again && second == behind;
        const bool independent = !first.Meets(second);
        ++(independent ? pairs_.independent : pairs_.dependent);
        if (!same) ++(independent ? pairs_.changed_by_independent : pairs_.changed_by_dependent);
      }
    }
    for (const Name source : ready) {
      searched_.GoBack(place);
      Take(source);
      From();
    }
  }

  WantSource source_;
  SearchedWorld searched_;
  FingerprintSet seen_;
  Pairs pairs_;
};

TEST_F(ReductionTest, StepsWhoseFootprintsDoNotMeetChangePlacesAtEveryState) {
  std::vector<const Program*> programs;
  for (const char* toy : {"fixed2", "lost", "deep", "pool_1_1_1", "pool_1_1_2", "pool_1_2_1", "pool_2_2_1"}) {
    programs.push_back(FindToy(toy));
  }
  std::vector<std::unique_ptr<DrawnProgram>> drawn;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    drawn.push_back(std::make_unique<DrawnProgram>(seed, 3, 3));
    programs.push_back(drawn.back().get());
  }
  Pairs all;
  for (const Program* program : programs) {
    const Pairs pairs = PairCheck(*program).Run();
    EXPECT_EQ(pairs.changed_by_independent, 0u) << program->name() << " of " << pairs.independent;
    all.independent += pairs.independent;
    all.dependent += pairs.dependent;
    all.changed_by_dependent += pairs.changed_by_dependent;
  }
  EXPECT_GT(all.independent, 1000u);
  EXPECT_GT(all.changed_by_dependent, 1000u);
}

}  // namespace
}  // namespace sim
