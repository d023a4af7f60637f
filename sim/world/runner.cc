#include "sim/world/runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/world/site.h"

namespace sim {
namespace {

using Phase = World::Phase;

// Steps until nothing is left to happen, the run is over early, or (in the chaos phase) the chaos window is.
class Drive {
 public:
  Drive(World& world, Subject& subject, History& history)
      : world_(world), subject_(subject), loop_(world.loop()), history_(history) {}

  // False if the run is over: a law was broken, the choices cannot go on, or it took too many steps.
  bool ToRest() {
    for (;;) {
      while (loop_.ready() > 0) {
        loop_.Step();
        world_.AfterStep();
        if (world_.violated() || !world_.can_go_on()) return false;
        if (Chaos() && history_.steps() >= world_.config().chaos_steps) return true;
        if (history_.steps() >= world_.config().max_steps) {
          const uint64_t steps = history_.steps();
          world_.Violate(LawId::kNoSpin, [&] { return absl::StrCat("not at rest after ", steps, " steps"); });
          return false;
        }
      }
      // A timer that is due is as ready as anything: whoever arms one for now again and again is not stuck, he spins.
      if (!loop_.timers().empty() && loop_.timers().next_deadline_ns() <= loop_.now_ns()) {
        loop_.Advance();
        continue;
      }
      if (loop_.only_users_left()) {
        const bool nobody_left = loop_.only_giving_up_left();
        if (nobody_left && subject_.RunDry()) continue;
        // Also where the end of the chaos is all that would still move anything: what it heals was somebody's fault.
        // And where somebody sleeps: whoever has nothing to do with him must not be stuck meanwhile, unless what holds
        // him up is garbage that would be collected if the world did not sleep.
        const bool timeouts = loop_.armed(TimerKind::kTimeout) > 0;
        const bool stalled = nobody_left ? timeouts || Chaos() : subject_.Dry();
        if (stalled) world_.ForEachLaw(&Law::AtStall);
        if (world_.violated()) return false;
        if (!timeouts && nobody_left) return true;
      }
      // What comes behind the chaos window comes to a healed world.
      const int64_t next_ns = loop_.timers().next_deadline_ns() - Scheduler::kStartNs;
      if (Chaos() && next_ns >= world_.config().chaos_ns) return true;
      world_.LullLaws();
      if (world_.violated()) return false;
      loop_.Advance();
    }
  }

 private:
  bool Chaos() const { return world_.phase() == Phase::kChaos; }

  World& world_;
  Subject& subject_;
  Scheduler& loop_;
  History& history_;
};

// Whether the run came to its end. If not, and no law was broken, it says nothing.
bool Play(World& world, Subject& subject, History& history) {
  Drive drive(world, subject, history);
  subject.Start();
  if (!drive.ToRest()) return false;
  world.EnterPhase(Phase::kHealed);
  subject.Heal();
  if (!drive.ToRest()) return false;
  world.EnterPhase(Phase::kQuiet);
  world.ForEachLaw(&Law::AtQuiet);
  if (world.violated()) return false;
  world.EnterPhase(Phase::kClosing);
  subject.Close();
  if (!drive.ToRest()) return false;
  world.EnterPhase(Phase::kClosed);
  world.ForEachLaw(&Law::AtClosed);
  if (!world.violated()) subject.Stopped();
  return true;
}

std::string DescribeLeak(const Arena& arena) {
  HostScope host;
  std::string text = absl::StrCat(arena.live_blocks(), " blocks of memory are left after everything was destroyed");
  int shown = 0;
  arena.ForEachLive([&](const Arena::Block& block) {
    if (shown++ < 8) absl::StrAppend(&text, "\n  ", block.size, " bytes", SiteText(block.site));
  });
  return text;
}

}  // namespace

Runner::Runner(const Options& options, std::shared_ptr<History> history) : history_(std::move(history)) {
  if (options.memory == Memory::kArena) {
    CHECK(SIM_HAS_ARENA);
    arena_ = std::make_unique<Arena>(options.arena);
  }
}

Outcome Runner::Run(const Program& program, ChoiceSource& source, const RunOptions& options) {
  Outcome outcome;
  if (arena_ != nullptr) arena_->Reset();
  history_->BeginRun(options.run, options.keep_trace);
  history_->TellTo(options.listener);
  source.BeginRun();
  {
    ArenaScope scope(arena_.get());
    auto* world = new World(program.config(), options.laws, source, *history_, outcome.violation);
    auto* subject = program.Make(*world).release();
    const bool finished = Play(*world, *subject, *history_);
    outcome.elapsed_ns = world->elapsed_ns();
    if (!world->can_go_on()) {
      HostScope host;
      outcome.harness_fault = history_->tape().overflowed() ? "the tape is full" : "the tape does not fit the run";
    } else if (!finished && !world->violated()) {
      HostScope host;
      outcome.harness_fault =
          absl::StrCat("not at rest after ", history_->steps(), " steps; ", LawName(LawId::kNoSpin), " does not judge");
    }
    // The run ends here, before anything is destroyed: where a broken world lies decides whether it is.
    outcome.steps = history_->steps();
    outcome.decisions = history_->tape().size();
    outcome.digest = history_->Digest();
    history_->StopTelling();
    const uint64_t records = history_->trace_size();
    world->EndDecisions();
    // An arena forgets what a broken run leaves; the heap must have it destroyed, and shows what teardown does then.
    if (outcome.held() || arena_ == nullptr) {
      delete subject;
      delete world;
    }
    history_->ForgetTraceAfter(records);
  }
  if (outcome.held() && arena_ != nullptr && arena_->live_blocks() != 0 && options.laws.Has(LawId::kNoOrphan)) {
    outcome.violation = {LawId::kNoOrphan, DescribeLeak(*arena_), outcome.elapsed_ns, history_->steps()};
  }
  return outcome;
}

}  // namespace sim
