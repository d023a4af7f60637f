#include "sim/explore/campaign_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sim/campaign.pb.h"
#include "sim/choice/prng.h"
#include "sim/explore/tape_file.h"

namespace sim {
namespace {

// Written in front, and changed with whatever changes the meaning of the rest.
constexpr char kMagic[] = "wavetank campaign 2\n";
constexpr size_t kMagicSize = sizeof(kMagic) - 1;
constexpr size_t kFileBytesMax = size_t{1} << 30;

template <class T>
std::string Bytes(const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
bool FromBytes(const std::string& bytes, std::vector<T>* values) {
  if (bytes.size() % sizeof(T) != 0) return false;
  values->resize(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values->data(), bytes.data(), bytes.size());
  return true;
}

void ToProto(const Lesson& lesson, proto::Campaign::Lesson* to) {
  to->set_run(lesson.run);
  to->set_questions(lesson.questions);
  to->set_keys(Bytes(lesson.keys));
  to->set_places(Bytes(lesson.places));
  to->set_decisions(Bytes(lesson.decisions));
}

bool FromProto(const proto::Campaign::Lesson& from, Lesson* lesson) {
  lesson->run = from.run();
  lesson->questions = from.questions();
  return FromBytes(from.keys(), &lesson->keys) && FromBytes(from.places(), &lesson->places) &&
         lesson->places.size() == lesson->keys.size() && FromBytes(from.decisions(), &lesson->decisions);
}

void ToProto(const CampaignFailure& failure, proto::Campaign::Failure* to) {
  const Outcome& outcome = failure.outcome;
  to->set_run(failure.run);
  if (outcome.violation.law != LawId::kNone) to->set_law(std::string(LawName(outcome.violation.law)));
  to->set_reason(outcome.violation.reason);
  to->set_time_ns(outcome.violation.time_ns);
  to->set_step(outcome.violation.step);
  to->set_harness_fault(outcome.harness_fault);
  to->set_steps(outcome.steps);
  to->set_decisions(outcome.decisions);
  to->set_digest(outcome.digest);
  to->set_elapsed_ns(outcome.elapsed_ns);
  to->set_tape(Bytes(failure.tape));
}

bool FromProto(const proto::Campaign::Failure& from, CampaignFailure* failure) {
  Outcome& outcome = failure->outcome;
  failure->run = from.run();
  if (!from.law().empty() && !LawFromName(from.law(), &outcome.violation.law)) return false;
  outcome.violation.reason = from.reason();
  outcome.violation.time_ns = from.time_ns();
  outcome.violation.step = from.step();
  outcome.harness_fault = from.harness_fault();
  outcome.steps = from.steps();
  outcome.decisions = from.decisions();
  outcome.digest = from.digest();
  outcome.elapsed_ns = from.elapsed_ns();
  return FromBytes(from.tape(), &failure->tape);
}

void ToProto(const CampaignTotals& totals, proto::Campaign::Totals* to) {
  to->set_runs(totals.runs);
  to->set_independent(totals.independent);
  to->set_steps(totals.steps);
  to->set_checked(totals.checked);
  to->set_digest(totals.digest);
  for (const uint64_t arm : totals.arms) to->add_arm(arm);
  for (const uint64_t runs : totals.sometimes) to->add_sometimes(runs);
  for (const uint64_t runs : totals.marks) to->add_mark(runs);
}

template <class Field, size_t N>
bool FromField(const Field& from, std::array<uint64_t, N>* values) {
  if (from.size() != static_cast<int>(N)) return false;
  std::copy(from.begin(), from.end(), values->begin());
  return true;
}

bool FromProto(const proto::Campaign::Totals& from, CampaignTotals* totals) {
  totals->runs = from.runs();
  totals->independent = from.independent();
  totals->steps = from.steps();
  totals->checked = from.checked();
  totals->digest = from.digest();
  return FromField(from.arm(), &totals->arms) && FromField(from.sometimes(), &totals->sometimes) &&
         FromField(from.mark(), &totals->marks);
}

bool FromProto(const proto::Campaign& from, CampaignState* state) {
  state->elapsed_ns = from.elapsed_ns();
  state->exhausted = from.exhausted();
  state->full = from.full();
  if (from.sometimes_size() > static_cast<int>(Program::kSometimesMax)) return false;
  state->sometimes.assign(from.sometimes().begin(), from.sometimes().end());
  bool right = FromProto(from.totals(), &state->totals) && FromBytes(from.end_states(), &state->end_states) &&
               FromBytes(from.handoffs(), &state->handoffs) && FromBytes(from.last_tape(), &state->last_tape);
  for (const auto& lesson : from.lesson()) right = right && FromProto(lesson, &state->lessons.emplace_back());
  for (const auto& failure : from.failure()) right = right && FromProto(failure, &state->failures.emplace_back());
  for (const auto& part : from.part()) state->next_run = std::max(state->next_run, part.next_run());
  return right;
}

bool FromProto(const proto::Campaign& from, CampaignFile* file) {
  file->identity = {from.scenario(), from.program(), from.seed(), from.strategy(), {}, from.keep_going()};
  bool right = true;
  for (const std::string& law : from.judged_by()) {
    right = right && LawFromName(law, &file->identity.judged.emplace_back());
  }
  for (const auto& part : from.part()) {
    right = right && part.shards() != 0;
    file->parts.push_back({part.shard(), part.shards(), part.next_run(), part.done()});
  }
  for (const auto& lesson : from.corpus()) right = right && FromProto(lesson, &file->corpus.emplace_back());
  if (!right || !FromProto(from, &file->state)) return false;
  for (int i = 0; i < from.failure_size(); ++i) {
    if (from.failure(i).reported()) file->reported.push_back(KindOfFailure(file->state.failures[i].outcome));
  }
  return true;
}

std::string LawsText(const std::vector<LawId>& laws) {
  if (laws.empty()) return "all laws";
  return absl::StrJoin(laws, ",", [](std::string* text, LawId law) { absl::StrAppend(text, LawName(law)); });
}

}  // namespace

uint64_t CampaignIdentity::Digest() const {
  const std::string text = absl::StrCat(scenario, "\n", program, "\n", seed, "\n", strategy, "\n", LawsText(judged),
                                        "\n", keep_going ? 1 : 0);
  uint64_t digest = text.size();
  for (const char c : text) digest = Mix(digest ^ static_cast<unsigned char>(c));
  return digest;
}

std::string Difference(const CampaignIdentity& a, const CampaignIdentity& b) {
  if (a.scenario != b.scenario) return absl::StrCat(a.scenario, " instead of ", b.scenario);
  if (a.seed != b.seed) return absl::StrCat("seed ", a.seed, " instead of ", b.seed);
  if (a.strategy != b.strategy) return absl::StrCat("strategy ", a.strategy, " instead of ", b.strategy);
  if (a.judged != b.judged) return absl::StrCat(LawsText(a.judged), " instead of ", LawsText(b.judged));
  if (a.keep_going != b.keep_going) return absl::StrCat(a.keep_going ? "with" : "without", " --keep-going");
  if (a.program != b.program) return "another build, or another text of the scenario";
  return "";
}

absl::Status SaveCampaign(const std::string& path, const CampaignFile& file) {
  proto::Campaign to;
  to.set_scenario(file.identity.scenario);
  to.set_program(file.identity.program);
  to.set_seed(file.identity.seed);
  to.set_strategy(file.identity.strategy);
  for (const LawId law : file.identity.judged) to.add_judged_by(std::string(LawName(law)));
  to.set_keep_going(file.identity.keep_going);
  for (const CampaignFile::Part& part : file.parts) {
    proto::Campaign::Part* added = to.add_part();
    added->set_shard(part.shard);
    added->set_shards(part.shards);
    added->set_next_run(part.next_run);
    added->set_done(part.done);
  }
  const CampaignState& state = file.state;
  to.set_elapsed_ns(state.elapsed_ns);
  ToProto(state.totals, to.mutable_totals());
  to.set_exhausted(state.exhausted);
  to.set_full(state.full);
  for (const std::string& text : state.sometimes) to.add_sometimes(text);
  to.set_end_states(Bytes(state.end_states));
  to.set_handoffs(Bytes(state.handoffs));
  for (const Lesson& lesson : file.corpus) ToProto(lesson, to.add_corpus());
  for (const Lesson& lesson : state.lessons) ToProto(lesson, to.add_lesson());
  to.set_last_tape(Bytes(state.last_tape));
  for (const CampaignFailure& failure : state.failures) {
    proto::Campaign::Failure* added = to.add_failure();
    ToProto(failure, added);
    const std::string kind = KindOfFailure(failure.outcome);
    added->set_reported(std::count(file.reported.begin(), file.reported.end(), kind) != 0);
  }
  return WriteFileAtomically(path, kMagic + to.SerializeAsString());
}

bool LoadCampaign(const std::string& path, CampaignFile* file, std::string* error) {
  std::string text;
  const std::string problem = ReadFile(path, kFileBytesMax, &text);
  proto::Campaign from;
  *file = CampaignFile();
  if (!problem.empty()) {
    *error = absl::StrCat(path, ": ", problem);
  } else if (text.size() > kFileBytesMax) {
    *error = absl::StrCat(path, ": is too large for the state of a campaign");
  } else if (text.compare(0, kMagicSize, kMagic) != 0) {
    *error = absl::StrCat(path, ": is not the state of a campaign");
  } else if (!from.ParseFromArray(text.data() + kMagicSize, static_cast<int>(text.size() - kMagicSize)) ||
             !FromProto(from, file)) {
    *error = absl::StrCat(path, ": is damaged, or by another version");
  } else {
    return true;
  }
  return false;
}

bool AddParts(const CampaignFile& other, size_t keys_max, CampaignFile* sum) {
  for (const CampaignFile::Part& a : sum->parts) {
    for (const CampaignFile::Part& b : other.parts) {
      // i = a mod n and i = b mod m for some i: where both agree modulo what n and m have in common.
      const uint64_t common = std::gcd(a.shards, b.shards);
      if (a.shard % common == b.shard % common) return false;
    }
  }
  sum->parts.insert(sum->parts.end(), other.parts.begin(), other.parts.end());
  std::sort(sum->parts.begin(), sum->parts.end(),
            [](const CampaignFile::Part& a, const CampaignFile::Part& b) { return a.shard < b.shard; });
  sum->state.Merge(other.state, keys_max);
  sum->corpus.clear();
  sum->reported.clear();
  return true;
}

}  // namespace sim
