#include "sim/scenario/written_storm.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace sim {
namespace {

using Kind = StormPlan::Kind;
using Task = Scenario::Task;
using Step = Scenario::Step;

constexpr uint32_t kNumberMax = 4096;  // of names that are looked for

// The answers that a tape has for one asker, label by label.
class Draws {
 public:
  explicit Draws(const History& history) {
    for (const TapeEntry& entry : history.tape()) {
      answers_[{entry.label, entry.asker}].push_back(entry.index);
    }
  }

  // In [0, count). 0, and ended(), if the tape has no more.
  uint32_t Next(Label label, Name asker, size_t count) {
    if (count < 2) return 0;
    const std::pair<Label, Name> stream{label, asker};
    const std::vector<uint32_t>& answers = answers_[stream];
    size_t& next = next_[stream];
    if (next == answers.size()) {
      ended_ = true;
      return 0;
    }
    const uint32_t answer = answers[next++];
    return answer < count ? answer : 0;
  }
  bool ended() const { return ended_; }
  void Begin() { ended_ = false; }

 private:
  std::map<std::pair<Label, Name>, std::vector<uint32_t>> answers_;
  std::map<std::pair<Label, Name>, size_t> next_;
  bool ended_ = false;
};

struct Url {
  std::string host, path;
  uint32_t port = 80;
};

Url Split(absl::string_view url) {
  Url split;
  url.remove_prefix(url.find("://") + 3);
  const size_t slash = url.find('/');
  split.path = std::string(url.substr(slash));
  absl::string_view host = url.substr(0, slash);
  const size_t colon = host.rfind(':');
  if (colon != absl::string_view::npos && absl::SimpleAtoi(host.substr(colon + 1), &split.port)) {
    host = host.substr(0, colon);
  }
  split.host = std::string(host);
  return split;
}

template <class Operation>
void SetUrl(const std::string& text, Operation* operation) {
  const Url url = Split(text);
  operation->set_host(url.host);
  if (url.port != 80) operation->set_port(url.port);
  if (url.path != "/") operation->set_path(url.path);
}

void SetNanos(int64_t ns, google::protobuf::Duration* duration) {
  if (ns >= 1'000'000'000) duration->set_seconds(ns / 1'000'000'000);
  if (ns % 1'000'000'000 != 0) duration->set_nanos(static_cast<int32_t>(ns % 1'000'000'000));
}

// One task of a storm. Each function stands beside its namesake in sim/workload/storm.cc.
class Writing {
 public:
  Writing(const ScenarioPlan& plan, const TaskPlan& user, const Scenario::Storm& text, Draws& draws,
          std::map<Name, Name>& renamed)
      : plan_(plan),
        user_(user),
        storm_(plan.storms[user.storm]),
        text_(text),
        draws_(draws),
        renamed_(renamed),
        name_(Name().Child(client::NameKind::FromStable(user.id), 0)),
        sleep_(name_.Child("sleep", 0)) {}

  Task PlayStorm() {
    task_.set_id(user_.id);
    if (user_.may_cancel) task_.set_may_cancel(true);
    if (user_.may_abandon) task_.set_may_abandon(true);
    draws_.Begin();
    for (uint32_t i = 0; i < storm_.operations_max && !draws_.ended(); ++i) {
      if (i >= storm_.operations_min && draws_.Next(Label::kWorkloadMore, name_, 2) == 0) break;
      const uint32_t kind = draws_.Next(Label::kWorkloadNext, name_, storm_.kinds.size());
      if (!draws_.ended()) Blow(storm_.kinds[kind]);
    }
    // Ended before it drew anything: what it would have done is not known, and does not matter.
    if (draws_.ended() && task_.step_size() == 0) task_.add_step()->mutable_sleep();
    return std::move(task_);
  }

 private:
  void Blow(Kind kind) {
    switch (kind) {
      case Kind::kNested: return BlowNested();
      case Kind::kTalk:
      case Kind::kCloseSocket:
      case Kind::kDropSocket:
      case Kind::kAbandonSocket: return BlowSocket(kind);
      case Kind::kSleep: return SetNanos(StormSleep(), task_.add_step()->mutable_sleep());
      case Kind::kCancel: return Cancel();
      case Kind::kCloseSession:
        task_.add_step()->mutable_close_session();
        return;
      case Kind::kAbandonSession:
        task_.add_step()->mutable_abandon_session();
        return;
      default: return BlowRequest(kind);
    }
  }

  void BlowRequest(Kind kind) {
    StormRequest(kind == Kind::kHead ? "head" : kind == Kind::kPut ? "put" : kind == Kind::kPost ? "post" : "get", "");
    if (draws_.ended()) return;
    const bool part = kind == Kind::kRelease || kind == Kind::kClose || kind == Kind::kDrop || kind == Kind::kAbandon;
    if (part) {
      StormRead();
      Step& end = *task_.add_step();
      if (kind == Kind::kRelease) end.mutable_release();
      if (kind == Kind::kClose) end.mutable_close();
      if (kind == Kind::kDrop) end.mutable_drop();
      if (kind == Kind::kAbandon) end.mutable_abandon();
      return;
    }
    auto& read = *Failing().mutable_read_to_end();
    if (kind == Kind::kAnyRead) read.set_any_way(true);
    if (kind != Kind::kSlowRead) return;
    read.set_chunk(Part());
    const int64_t delay_ns = StormSleep();
    if (delay_ns > 0) SetNanos(delay_ns, read.mutable_delay());
  }

  void BlowNested() {
    const std::string outer = absl::StrCat("get-", made_ + 1);
    StormRequest("get", outer);
    if (draws_.ended()) return;
    StormRead();
    constexpr Kind kInner[] = {Kind::kPut, Kind::kPost, Kind::kRead};
    const uint32_t inner = draws_.Next(Label::kWorkloadNext, name_, 3);
    if (!draws_.ended()) Blow(kInner[inner]);
    Failing().mutable_read_to_end()->set_from(outer);
  }

  void BlowSocket(Kind kind) {
    auto& connect = *Failing().mutable_connect_websocket();
    SetUrl(storm_.socket_urls[draws_.Next(Label::kWorkloadNext, name_, storm_.socket_urls.size())], &connect);
    if (text_.has_timeout()) *connect.mutable_timeout() = text_.timeout();
    if (text_.has_socket()) *connect.mutable_socket() = text_.socket();
    Rename("connect_websocket", "");
    if (kind != Kind::kCloseSocket) Talk();
    if (kind == Kind::kTalk || kind == Kind::kCloseSocket) Failing().mutable_close_websocket();
    Step& end = *task_.add_step();
    if (kind == Kind::kAbandonSocket) {
      end.mutable_abandon();
    } else {
      end.mutable_drop();
    }
  }

  void Talk() {
    constexpr int kTurnsMax = 4;
    for (int turn = 0; turn < kTurnsMax && !draws_.ended(); ++turn) {
      if (turn > 0 && draws_.Next(Label::kWorkloadMore, name_, 2) == 0) break;
      const uint32_t word = draws_.Next(Label::kWorkloadNext, name_, 4);
      if (draws_.ended()) break;
      Step& step = Failing();
      if (word == 1) {
        step.mutable_receive()->set_messages(3);
        const int64_t patience_ns = StormSleep();
        SetNanos(patience_ns > 0 ? patience_ns : 1'000'000, step.mutable_receive()->mutable_patience());
      } else if (word == 3) {
        step.mutable_ping()->set_background(true);
      } else {
        if (text_.has_message()) *step.mutable_send()->mutable_message() = text_.message();
        if (word == 2) step.mutable_send()->set_background(true);
        step.mutable_send();
      }
    }
  }

  void Cancel() {
    if (storm_.tasks < 2) {
      task_.add_step()->mutable_sleep();
      return;
    }
    const auto self = static_cast<size_t>(&user_ - &plan_.tasks[storm_.first_task]);
    const uint32_t other = draws_.Next(Label::kWorkloadNext, name_, storm_.tasks - 1);
    if (draws_.ended()) return;
    const size_t task = storm_.first_task + (other < self ? other : other + 1);
    task_.add_step()->mutable_cancel()->set_task(plan_.tasks[task].id);
  }

  int64_t StormSleep() {
    return storm_.sleeps_ns[draws_.Next(Label::kWorkloadNext, sleep_, storm_.sleeps_ns.size())];
  }

  uint64_t Part() {
    const std::vector<uint64_t>& menu = storm_.part.menu();
    return menu[draws_.Next(Label::kWorkloadSize, name_, menu.size())];
  }

  void StormRequest(const std::string& word, const std::string& id) {
    const uint32_t url = draws_.Next(Label::kWorkloadNext, name_, storm_.urls.size());
    if (draws_.ended()) return;
    Step& step = Failing();
    if (!id.empty()) step.set_id(id);
    Step::Operation& operation = *(word == "get"    ? step.mutable_get()
                                   : word == "head" ? step.mutable_head()
                                   : word == "put"  ? step.mutable_put()
                                                    : step.mutable_post());
    SetUrl(storm_.urls[url], &operation);
    if (text_.has_timeout()) *operation.mutable_timeout() = text_.timeout();
    if (word == "put" || word == "post") {
      *operation.mutable_body() = text_.body();
      if (word == "post") operation.mutable_body()->set_chunked(true);
    }
    Rename(word, id);
  }

  void StormRead() { Failing().mutable_read()->set_bytes(Part()); }

  Step& Failing() {
    Step& step = *task_.add_step();
    step.set_may_fail(true);
    return step;
  }

  // A storm counts all that it makes, a list of steps each word for itself.
  void Rename(const std::string& word, const std::string& id) {
    const Name before = name_.Child(client::NameKind::FromStable(word), ++made_);
    const Name after = id.empty() ? name_.Child(client::NameKind::FromStable(word), ++by_word_[word])
                                  : name_.Child(client::NameKind::FromStable(id), 0);
    if (!(before == after)) renamed_[before] = after;
  }

  const ScenarioPlan& plan_;
  const TaskPlan& user_;
  const StormPlan& storm_;
  const Scenario::Storm& text_;
  Draws& draws_;
  std::map<Name, Name>& renamed_;
  const Name name_, sleep_;
  uint32_t made_ = 0;
  std::map<std::string, uint32_t> by_word_;
  Task task_;
};

// Whoever is below a name that has changed has another one, too.
Name NewName(Name name, const History& history, const std::map<Name, Name>& renamed) {
  const auto found = renamed.find(name);
  if (found != renamed.end()) return found->second;
  const Name parent = history.Parent(name);
  const absl::string_view kind = history.KindOf(name);
  if (parent.empty() || kind.empty()) return name;
  const Name under = NewName(parent, history, renamed);
  if (under == parent) return name;
  const client::NameKind word = client::NameKind::FromStable(kind);
  for (uint32_t number = 0; number < kNumberMax; ++number) {
    if (parent.Child(word, number) == name) return under.Child(word, number);
  }
  return name;
}

bool DrawnByStorm(const ScenarioPlan& plan, const TapeEntry& entry) {
  if (entry.label != Label::kWorkloadMore && entry.label != Label::kWorkloadNext &&
      entry.label != Label::kWorkloadSize) {
    return false;
  }
  for (const TaskPlan& task : plan.tasks) {
    if (task.storm == TaskPlan::kNoStorm) continue;
    const Name name = Name().Child(client::NameKind::FromStable(task.id), 0);
    if (entry.asker == name || entry.asker == name.Child("sleep", 0)) return true;
  }
  return false;
}

}  // namespace

bool WriteStorms(const ScenarioPlan& plan, const History& history, Scenario* scenario, SparseTape* tape) {
  if (plan.storms.empty()) return false;
  Draws draws(history);
  std::map<Name, Name> renamed;
  std::vector<Task> tasks;
  for (const TaskPlan& task : plan.tasks) {
    if (task.storm == TaskPlan::kNoStorm) continue;
    const Scenario::Storm& text = scenario->workload().storm(static_cast<int>(task.storm));
    tasks.push_back(Writing(plan, task, text, draws, renamed).PlayStorm());
  }
  Scenario::Workload& workload = *scenario->mutable_workload();
  workload.clear_storm();
  for (Task& task : tasks) {
    if (task.step_size() > 0) *workload.add_task() = std::move(task);
  }
  SparseTape left;
  for (Decision decision : *tape) {
    if (DrawnByStorm(plan, decision.entry)) continue;
    decision.entry.asker = NewName(decision.entry.asker, history, renamed);
    decision.entry.chosen = NewName(decision.entry.chosen, history, renamed);
    left.push_back(decision);
  }
  *tape = std::move(left);
  return true;
}

}  // namespace sim
