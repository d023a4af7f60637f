#include "sim/explore/sparse_tape.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/container/btree_map.h"

namespace sim {

SparseTape Sparse(const TapeEntry* begin, const TapeEntry* end) {
  absl::btree_map<std::pair<Label, Name>, uint64_t> asked;
  SparseTape sparse;
  for (const TapeEntry* entry = begin; entry != end; ++entry) {
    const uint64_t ordinal = asked[{entry->label, entry->asker}]++;
    if (entry->index != 0) sparse.push_back({*entry, ordinal});
  }
  return sparse;
}

SparseSource::SparseSource(SparseTape tape, ChoiceSource* rest, uint64_t rest_from)
    : tape_(std::move(tape)),
      rest_(rest),
      rest_from_(rest_from),
      order_(tape_.size()),
      asked_counts_(tape_.size(), 0) {
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
    const Decision& left = tape_[a];
    const Decision& right = tape_[b];
    return std::tie(left.entry.label, left.entry.asker, left.ordinal, a) <
           std::tie(right.entry.label, right.entry.asker, right.ordinal, b);
  });
  for (uint32_t i = 0; i < order_.size(); ++i) {
    const TapeEntry& entry = tape_[order_[i]].entry;
    if (streams_.empty() || streams_.back().label != entry.label || !(streams_.back().asker == entry.asker)) {
      streams_.push_back({entry.label, entry.asker, i, i, i, 0});
    }
    ++streams_.back().end;
  }
}

void SparseSource::BeginRun() {
  questions_ = 0;
  used_ = 0;
  misfits_ = 0;
  std::fill(asked_counts_.begin(), asked_counts_.end(), 0);
  for (Stream& stream : streams_) {
    stream.next = stream.begin;
    stream.asked = 0;
  }
  if (rest_ != nullptr) rest_->BeginRun();
}

uint32_t SparseSource::Choose(const Question& question) {
  const uint64_t number = questions_++;
  if (rest_ != nullptr && number >= rest_from_) return rest_->Choose(question);
  const auto before = [](const Stream& s, const Question& q) {
    return std::tie(s.label, s.asker) < std::tie(q.label, q.asker);
  };
  const auto stream = std::lower_bound(streams_.begin(), streams_.end(), question, before);
  if (stream == streams_.end() || stream->label != question.label || !(stream->asker == question.asker)) return 0;
  const uint64_t ordinal = stream->asked++;
  if (stream->next == stream->end || tape_[order_[stream->next]].ordinal != ordinal) return 0;
  const uint32_t position = order_[stream->next];
  // Edits may have moved two decisions to one place: the first counts.
  while (stream->next != stream->end && tape_[order_[stream->next]].ordinal == ordinal) ++stream->next;
  return Take(question, position);
}

SparseSource::Drift SparseSource::drift() const {
  for (uint64_t i = 0; i < tape_.size(); ++i) {
    if (!fits(i)) return {i, asked_counts_[i]};
  }
  return {};
}

uint32_t SparseSource::Take(const Question& question, uint32_t position) {
  const TapeEntry& entry = tape_[position].entry;
  ++used_;
  const bool same = entry.count == question.count && entry.index < question.count &&
                    (question.alternatives == nullptr || entry.chosen.empty() ||
                     question.alternatives->Id(entry.index) == entry.chosen);
  asked_counts_[position] = same ? kFits : question.count;
  if (question.alternatives != nullptr && !entry.chosen.empty()) {
    if (entry.index < question.count && question.alternatives->Id(entry.index) == entry.chosen) return entry.index;
    for (uint32_t i = 0; i < question.count; ++i) {
      if (question.alternatives->Id(i) == entry.chosen) return i;
    }
  } else if (entry.index < question.count) {
    return entry.index;
  }
  const bool offered = entry.index < question.count;
  if (misfits_++ == 0) first_misfit_ = {position, offered, question.count};
  return offered ? entry.index : 0;
}

}  // namespace sim
