#include "sim/world/runner.h"

#include <gtest/gtest.h>
#include <link.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "sim/choice/prng.h"
#include "sim/choice/random_source.h"
#include "sim/choice/replay_source.h"
#include "sim/toys/toys.h"

namespace sim {
namespace {

// A subject made of a few functions.
class TestSubject : public Subject {
 public:
  explicit TestSubject(World& world) : world_(world) {}

 protected:
  World& world_;
};

template <class T>
class TestProgram final : public Program {
 public:
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  std::unique_ptr<Subject> Make(World& world) const override { return std::make_unique<T>(world); }
  WorldConfig& mutable_config() { return config_; }

 private:
  std::string name_ = "test";
  WorldConfig config_;
};

class Leaks final : public TestSubject {
 public:
  using TestSubject::TestSubject;
  void Start() override {
    auto leaked = std::make_unique<std::string>(100, 'x');
    const std::string* seen = leaked.release();
    asm volatile("" : : "r"(seen) : "memory");  // otherwise the compiler leaves the allocation out
  }
};

class Spins final : public TestSubject {
 public:
  explicit Spins(World& world)
      : TestSubject(world),
        source_(world.loop(), Name()),
        again_([](void* self) { static_cast<Spins*>(self)->Again(); }, this) {}
  void Start() override { Again(); }

 private:
  void Again() { world_.loop().Post(source_, again_); }
  Source source_;
  Runnable again_;
};

class SpinsByTimer final : public TestSubject {
 public:
  explicit SpinsByTimer(World& world)
      : TestSubject(world),
        law_(world),
        timer_(world.loop(), Name(), TimerKind::kTimeout, [](void* self) { static_cast<SpinsByTimer*>(self)->Again(); },
               this) {
    world.AddLaw(law_);
  }
  void Start() override { Again(); }

 private:
  class NoStall final : public Law {
   public:
    explicit NoStall(World& world) : Law(world, LawId::kProgress) {}
    void AtStall() override { world().Violate(id(), [] { return "stalled"; }); }
  };

  void Again() { timer_.PostAt(world_.loop().Now()); }
  NoStall law_;
  Timer timer_;
};

class LogsPhases final : public TestSubject {
 public:
  explicit LogsPhases(World& world)
      : TestSubject(world),
        timer_(world.loop(), Name(), TimerKind::kSleep, [](void* self) { static_cast<LogsPhases*>(self)->Tick(); },
               this) {
    HostScope host;
    log.clear();
  }
  void Start() override {
    Log("start");
    Arm();
  }
  void Heal() override {
    Log("heal");
    EXPECT_TRUE(world_.healed());
  }
  void Close() override {
    Log("close");
    timer_.Cancel();
  }
  void Stopped() override { Log("stopped"); }

  static inline std::string log;

 private:
  void Log(const char* what) {
    HostScope host;
    log += what;
    log += ' ';
  }
  void Arm() { timer_.PostAt(world_.loop().Now() + absl::Seconds(1)); }
  void Tick() {
    if (++ticks_ < 3) Arm();
  }
  Timer timer_;
  int ticks_ = 0;
};

RandomSource Seeded(uint64_t seed) {
  RandomSource source;
  source.Seed(seed);
  return source;
}

TEST(RunnerTest, PhasesComeInTheirOrder) {
  Runner runner;
  RandomSource source;
  const TestProgram<LogsPhases> program;
  const Outcome outcome = runner.Run(program, source, {});
  EXPECT_TRUE(outcome.held()) << outcome.violation.reason;
  EXPECT_EQ(LogsPhases::log, "start heal close stopped ");
  EXPECT_EQ(outcome.elapsed_ns, 3'000'000'000);
  EXPECT_EQ(outcome.steps, 3u);
}

TEST(RunnerTest, MemoryLeftAtTheClosedRestIsALeakWithItsSite) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "the sanitizer finds leaks";
  Runner::Options options;
  options.arena.track_sites = true;
  Runner runner(options, std::make_shared<History>());
  RandomSource source;
  const TestProgram<Leaks> program;
  const Outcome outcome = runner.Run(program, source, {});
  EXPECT_EQ(outcome.violation.law, LawId::kNoOrphan);
  EXPECT_TRUE(absl::StartsWith(outcome.violation.reason, "2 blocks of memory are left"));
  EXPECT_TRUE(absl::StrContains(outcome.violation.reason, "\n  101 bytes"));
  LawSet others = LawSet::All();
  others.Remove(LawId::kNoOrphan);
  EXPECT_TRUE(runner.Run(program, source, {.laws = others}).held());
}

TEST(RunnerTest, ARunThatDoesNotRestBreaksNoSpin) {
  Runner runner;
  RandomSource source;
  TestProgram<Spins> program;
  program.mutable_config().max_steps = 1000;
  program.mutable_config().chaos_steps = 100;
  const Outcome outcome = runner.Run(program, source, {});
  EXPECT_EQ(outcome.violation.law, LawId::kNoSpin);
  EXPECT_EQ(outcome.steps, 1000u);
}

TEST(RunnerTest, WhoeverIsDueAtOnceIsNotStuck) {
  Runner runner;
  RandomSource source;
  TestProgram<SpinsByTimer> program;
  program.mutable_config().max_steps = 1000;
  const Outcome outcome = runner.Run(program, source, {});
  EXPECT_EQ(outcome.violation.law, LawId::kNoSpin);
  EXPECT_EQ(outcome.steps, 1000u);
}

TEST(RunnerTest, ARunThatDoesNotRestNeverHolds) {
  Runner runner;
  RandomSource source;
  TestProgram<Spins> program;
  program.mutable_config().max_steps = 1000;
  LawSet others = LawSet::All();
  others.Remove(LawId::kNoSpin);
  const Outcome outcome = runner.Run(program, source, {.laws = others});
  EXPECT_EQ(outcome.violation.law, LawId::kNone);
  EXPECT_EQ(outcome.harness_fault, "not at rest after 1000 steps; NO-SPIN does not judge");
  EXPECT_FALSE(outcome.held());
}

TEST(RunnerTest, AStrictReplayGivesTheSameRun) {
  Runner runner;
  for (absl::string_view toy : ToyNames()) {
    if (toy == "pool_2_3_3") continue;
    RandomSource source = Seeded(5);
    const Outcome first = runner.Run(*FindToy(toy), source, {});
    const std::vector<TapeEntry> tape(runner.history().tape().begin(), runner.history().tape().end());
    ReplaySource replay(tape, ReplaySource::Mode::kStrict);
    const Outcome second = runner.Run(*FindToy(toy), replay, {.keep_trace = true});
    EXPECT_TRUE(replay.used_up()) << toy;
    EXPECT_EQ(second.harness_fault, "") << toy;
    EXPECT_EQ(first.digest, second.digest) << toy;
    EXPECT_EQ(first.violation.reason, second.violation.reason) << toy;
  }
}

TEST(RunnerTest, ATapeThatDoesNotFitIsAFaultOfTheHarness) {
  Runner runner;
  ReplaySource replay({{Name(), Name(), 0, 9, Label::kLoopNext}}, ReplaySource::Mode::kStrict);
  const Outcome outcome = runner.Run(*FindToy("incr_3_4"), replay, {});
  EXPECT_FALSE(outcome.held());
  EXPECT_EQ(outcome.harness_fault, "the tape does not fit the run");
}

TEST(RunnerTest, ATapeThatIsFullIsAFaultOfTheHarness) {
  const History::Options small{.tape_capacity = 4, .trace_capacity = 256, .name_capacity = 8, .text_capacity = 64};
  Runner runner(Runner::Options{}, std::make_shared<History>(small));
  RandomSource source;
  EXPECT_EQ(runner.Run(*FindToy("incr_3_4"), source, {}).harness_fault, "the tape is full");
}

TEST(RunnerTest, TheDigestDoesNotDependOnWhereTheWorldLives) {
  for (const char* toy : {"fixed2", "incr_3_4", "deep", "pool", "pool_fixed"}) {
    const auto digest = [toy](const Runner::Options& options) {
      Runner runner(options, std::make_shared<History>());
      RandomSource source = Seeded(11);
      return runner.Run(*FindToy(toy), source, {}).digest;
    };
    Runner::Options heap;
    heap.memory = Memory::kHeap;
    const uint64_t expected = digest(heap);
    EXPECT_EQ(digest({}), expected) << toy;
    if (!SIM_HAS_ARENA) continue;
    Runner::Options moved;
    moved.arena.base_offset = 12 * 4096;
    Runner::Options padded;
    padded.arena.padded = true;
    EXPECT_EQ(digest(moved), expected) << toy;
    EXPECT_EQ(digest(padded), expected) << toy;
  }
}

// The writable segments of the program and of what it has loaded, as the linker maps them.
int AddSegments(dl_phdr_info* info, size_t, void* into) {
  auto& segments = *static_cast<std::vector<std::pair<const char*, size_t>>*>(into);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_W) == 0) continue;
    segments.emplace_back(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
  }
  return 0;
}

// Words in the program's data that point into [begin, end).
std::vector<const void*> PointersInto(const char* begin, const char* end) {
  std::vector<std::pair<const char*, size_t>> segments;
  dl_iterate_phdr(AddSegments, &segments);
  std::vector<const void*> found;
  for (const auto& [start, size] : segments) {
    for (size_t at = 0; at + sizeof(uintptr_t) <= size; at += sizeof(uintptr_t)) {
      uintptr_t word;
      std::memcpy(&word, start + at, sizeof(word));
      if (word > reinterpret_cast<uintptr_t>(begin) && word < reinterpret_cast<uintptr_t>(end)) {
        found.push_back(start + at);
      }
    }
  }
  return found;
}

const void* planted = nullptr;  // what a lazy global of a careless library looks like

TEST(RunnerTest, NothingInTheProgramPointsIntoAFinishedWorld) {
  if (!SIM_HAS_ARENA) GTEST_SKIP() << "no arena";
  Runner runner;
  for (absl::string_view toy : ToyNames()) {
    RandomSource source = Seeded(3);
    runner.Run(*FindToy(toy), source, {});
    const char* begin = runner.arena()->begin();
    const char* end = begin + runner.arena()->used_bytes();
    runner.arena()->Poison();
    EXPECT_TRUE(PointersInto(begin, end).empty()) << toy;
    planted = begin + 64;
    const std::vector<const void*> found = PointersInto(begin, end);
    planted = nullptr;
    EXPECT_EQ(found, std::vector<const void*>{&planted}) << "the scan sees nothing";
  }
}

}  // namespace
}  // namespace sim
