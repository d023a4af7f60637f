#include "sim/world/history.h"

#include <sys/mman.h>

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace sim {
namespace {

size_t Aligned(size_t size) { return (size + 63) & ~size_t{63}; }

}  // namespace

size_t History::SizeOf(const Options& options) {
  return Aligned(sizeof(Shared)) + Aligned(options.tape_capacity * sizeof(TapeEntry)) +
         Aligned((options.trace_capacity + kBatch) * sizeof(TraceRecord)) +
         Aligned(options.name_capacity * sizeof(NameRecord)) + options.text_capacity;
}

History::History(const Options& options) : options_(options), tape_(nullptr, 0, nullptr) {
  const size_t shared = Aligned(sizeof(Shared));
  const size_t tape = Aligned(options.tape_capacity * sizeof(TapeEntry));
  const size_t records = Aligned((options.trace_capacity + kBatch) * sizeof(TraceRecord));
  const size_t names = Aligned(options.name_capacity * sizeof(NameRecord));
  memory_size_ = SizeOf(options);
  const int anonymous = options.fd < 0 ? MAP_ANONYMOUS : 0;
  memory_ = mmap(nullptr, memory_size_, PROT_READ | PROT_WRITE, MAP_SHARED | anonymous | MAP_NORESERVE, options.fd, 0);
  CHECK(memory_ != MAP_FAILED);
  char* at = static_cast<char*>(memory_);
  shared_ = reinterpret_cast<Shared*>(at);
  tape_ = Tape(reinterpret_cast<TapeEntry*>(at + shared), options.tape_capacity, &shared_->tape_size);
  records_ = reinterpret_cast<TraceRecord*>(at + shared + tape);
  names_ = reinterpret_cast<NameRecord*>(at + shared + tape + records);
  texts_ = at + shared + tape + records + names;
}

History::~History() { munmap(memory_, memory_size_); }

void History::BeginRun(uint64_t run, bool keep_trace) {
  shared_->run = run;
  shared_->steps = shared_->tape_size = shared_->records = shared_->names = shared_->text = 0;
  for (MarkHits& hits : shared_->marks) hits.count = 0;
  keep_trace_ = keep_trace;
  hashed_ = 0;
  digest_ = 0;
  listener_ = nullptr;
  told_ = 0;
}

void History::Tell() {
  if (listener_ != nullptr) listener_->OnRecords(records_ + told_, shared_->records - told_);
  told_ = shared_->records;
}

void History::StopTelling() {
  Tell();
  listener_ = nullptr;
}

void History::HashBatch() {
  Tell();
  digest_ = XXH3_64bits_withSeed(records_ + hashed_, (shared_->records - hashed_) * sizeof(TraceRecord), digest_);
  if (!keep_trace_ || shared_->records >= options_.trace_capacity) {
    // Not kept, or as much kept as fits: the digest goes on over the same batch of memory.
    shared_->records = told_ = hashed_;
  } else {
    hashed_ = shared_->records;
  }
}

uint64_t History::Digest() {
  if (shared_->records == hashed_) return digest_;
  return XXH3_64bits_withSeed(records_ + hashed_, (shared_->records - hashed_) * sizeof(TraceRecord), digest_);
}

void History::Register(Name name, Name parent, const NameKind& kind, uint32_t number) {
  const absl::string_view text = kind.text();
  if (shared_->names == options_.name_capacity || text.size() > options_.text_capacity - shared_->text) return;
  std::memcpy(texts_ + shared_->text, text.data(), text.size());
  names_[shared_->names++] = {name, parent, static_cast<uint32_t>(shared_->text), static_cast<uint32_t>(text.size()),
                              number};
  shared_->text += text.size();
}

const History::NameRecord* History::Find(Name name) const {
  for (uint64_t i = shared_->names; i-- > 0;) {
    if (names_[i].name == name) return &names_[i];
  }
  return nullptr;
}

std::string History::Render(Name name) const {
  if (name.empty()) return "";
  const NameRecord* record = Find(name);
  if (record == nullptr) return absl::StrCat("?", absl::Hex(name.id()));
  std::string text = Render(record->parent);
  if (!text.empty()) text += '/';
  text.append(texts_ + record->text, record->size);
  if (record->number != 0) absl::StrAppend(&text, "#", record->number);
  return text;
}

Name History::Parent(Name name) const {
  const NameRecord* record = Find(name);
  return record == nullptr ? Name() : record->parent;
}

absl::string_view History::KindOf(Name name) const {
  const NameRecord* record = Find(name);
  return record == nullptr ? absl::string_view() : absl::string_view(texts_ + record->text, record->size);
}

bool History::Reached(const Sometimes& sometimes) const {
  const MarkHits& hits = shared_->marks[static_cast<size_t>(sometimes.mark)];
  if (sometimes.task.empty()) return hits.count > 0;
  for (uint32_t i = 0; i < hits.count; ++i) {
    for (Name name = hits.first[i].subject; !name.empty(); name = Parent(name)) {
      if (name == sometimes.task) return true;
    }
  }
  return false;
}

History::Point History::Mark() const {
  return {tape_.size(), shared_->records, hashed_, digest_, shared_->names, shared_->text,
          shared_->steps};
}

void History::Rewind(const Point& point) {
  tape_.Rewind(point.tape);
  shared_->records = point.records;
  told_ = point.records;
  hashed_ = point.hashed;
  digest_ = point.digest;
  shared_->names = point.names;
  shared_->text = point.text;
  shared_->steps = point.steps;
}

}  // namespace sim
