// What a run leaves behind: its tape, its trace, the names of things. Outside the world's arena, so that it survives a
// rewind of the state (Mark and Rewind), and in memory shared with the parent process, so that it survives a crash.
#ifndef SIM_WORLD_HISTORY_H_
#define SIM_WORLD_HISTORY_H_

#include <cstdint>
#include <string>

#include "client/base/name.h"
#include "sim/choice/tape.h"
#include "sim/world/mark.h"

namespace sim {

using client::Name;
using client::NameKind;

enum class TraceKind : uint16_t {
  kStep = 1,      // name = source that runs, a = decisions so far, b = how many it overtakes
  kTime,          // a = how far the clock went, ns
  kChoice,        // name = asker, a = label, b = index
  kNamed,         // name = new name, a = parent
  kConnect,       // name = connection
  kConnected,     // name = connection, a = 1 if it succeeded
  kSend,          // name = side of a connection, a = bytes accepted
  kDeliver,       // name = side of a connection, a = bytes that arrived
  kReceive,       // name = side of a connection, a = bytes handed to its user
  kPause,         // name = connection
  kResume,        // name = connection
  kFin,           // name = side of a connection
  kReset,         // name = side of a connection
  kClosed,        // name = side of a connection
  kFault,         // name = connection, a = which
  kPool,          // name = connection, a = what happened to it
  kRequest,       // name = request, a = what happened to it
  kPayload,       // name = payload, a = what happened to it, b = bytes
  kServer,        // name = server's side, a = what it did
  kWorkload,      // name = task, a = what it did
  kPhase,         // a = phase of the run
  kToy,           // of subjects without a network
};

// A plain record; 32 bytes, hashed as they are, so without padding.
struct TraceRecord {
  int64_t time_ns;
  uint64_t name;
  uint64_t a;
  uint32_t b;
  uint16_t kind;
  uint16_t unused;
};
static_assert(sizeof(TraceRecord) == 32);

// Is told what is recorded, in batches. Called in the middle of a step, with the world's memory current.
class TraceListener {
 public:
  virtual void OnRecords(const TraceRecord* records, uint64_t count) = 0;

 protected:
  ~TraceListener() = default;
};

class History {
 public:
  struct Options {
    uint64_t tape_capacity = uint64_t{1} << 20;   // entries
    uint64_t trace_capacity = uint64_t{1} << 21;  // records kept with keep_trace
    uint64_t name_capacity = uint64_t{1} << 16;
    uint64_t text_capacity = uint64_t{1} << 21;  // bytes of the words in names
    int fd = -1;  // where it is kept, of SizeOf() bytes, for a process that is no fork; not owned. -1: nowhere but here
  };

  History() : History(Options{}) {}
  explicit History(const Options& options);
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  ~History();

  static size_t SizeOf(const Options& options);  // bytes of memory

  // Forgets the run before. Without `keep_trace` only the digest of the trace is made.
  void BeginRun(uint64_t run, bool keep_trace);

  Tape& tape() { return tape_; }
  const Tape& tape() const { return tape_; }

  void Record(TraceKind kind, int64_t time_ns, Name name, uint64_t a = 0, uint32_t b = 0) {
    TraceRecord& record = records_[shared_->records++];
    record = {time_ns, name.id(), a, b, static_cast<uint16_t>(kind), 0};
    Touch(name);
    if (shared_->records - hashed_ == kBatch) HashBatch();
  }

  // From BeginRun() on; not owned. Null: nobody. StopTelling() tells the rest. What is rewound was told.
  void TellTo(TraceListener* listener) { listener_ = listener; }
  void StopTelling();

  // The names on record since the last TouchNothing(), as a set: each is one of 64 bits.
  uint64_t touched() const { return touched_; }
  void TouchNothing() { touched_ = 0; }
  // For what is touched without being the name of a record.
  void Touch(Name name) { touched_ |= uint64_t{1} << (name.id() >> 58); }

  // Of all records so far: XXH3, chained over batches.
  uint64_t Digest();

  // With keep_trace.
  uint64_t trace_size() const { return keep_trace_ ? shared_->records : 0; }
  const TraceRecord& trace(uint64_t i) const { return records_[i]; }
  // What the teardown of a world that was not at rest records is no part of its run.
  void ForgetTraceAfter(uint64_t records) {
    if (keep_trace_ && records < shared_->records) shared_->records = records;
  }
  bool keep_trace() const { return keep_trace_; }

  void Register(Name name, Name parent, const NameKind& kind, uint32_t number);
  // "download#1/body"; the id in hexadecimal if nobody registered it. Allocates: use it in a HostScope.
  std::string Render(Name name) const;
  // The direct parent; empty if unknown.
  Name Parent(Name name) const;
  // The word before the number: "body". Empty if unknown.
  absl::string_view KindOf(Name name) const;

  // The heartbeat that a watchdog looks at: steps of the current run, and which run it is.
  void Beat() { ++shared_->steps; }
  uint64_t steps() const { return shared_->steps; }
  uint64_t run() const { return shared_->run; }
  void CountRun() { ++shared_->run; }

  // The marks that the run has come to: of each the first subjects, with the number of decisions that led there. They
  // are no part of the world's state, nor of the digest.
  static constexpr uint32_t kSubjectsMax = 16;
  struct MarkHit {
    Name subject;
    uint64_t decisions;
  };
  void Reach(MarkId mark, Name subject) {
    MarkHits& hits = shared_->marks[static_cast<size_t>(mark)];
    for (uint32_t i = 0; i < hits.count; ++i) {
      if (hits.first[i].subject == subject) return;
    }
    if (hits.count < kSubjectsMax) hits.first[hits.count++] = {subject, tape_.size()};
  }
  uint32_t reached(MarkId mark) const { return shared_->marks[static_cast<size_t>(mark)].count; }
  const MarkHit& hit(MarkId mark, uint32_t i) const { return shared_->marks[static_cast<size_t>(mark)].first[i]; }
  bool Reached(const Sometimes& sometimes) const;

  // Takes back everything after a mark. Valid while no BeginRun() comes between. Without keep_trace the digest, which
  // is all that is left of a trace then, is good for nothing afterwards.
  struct Point {
    uint64_t tape, records, hashed, digest, names, text, steps;
  };
  Point Mark() const;
  void Rewind(const Point& point);

 private:
  static constexpr uint64_t kBatch = 128;  // records

  struct NameRecord {
    Name name, parent;
    uint32_t text, size, number;  // texts_[text, text + size): a copy, since the owner may be gone
  };
  struct MarkHits {
    uint32_t count;
    MarkHit first[kSubjectsMax];
  };
  struct Shared {
    uint64_t run, steps, tape_size, records, names, text;
    MarkHits marks[kMarkCount];
  };

  void HashBatch();
  void Tell();
  const NameRecord* Find(Name name) const;

  Options options_;
  void* memory_;
  size_t memory_size_;
  Shared* shared_;
  TraceRecord* records_;
  NameRecord* names_;
  char* texts_;
  Tape tape_;
  bool keep_trace_ = false;
  uint64_t hashed_ = 0;  // records
  uint64_t digest_ = 0;
  uint64_t touched_ = 0;
  TraceListener* listener_ = nullptr;
  uint64_t told_ = 0;  // records
};

}  // namespace sim

#endif  // SIM_WORLD_HISTORY_H_
