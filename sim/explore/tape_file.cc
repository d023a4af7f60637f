#include "sim/explore/tape_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "sim/explore/decision_text.h"
#include "sim/tape.pb.h"

namespace sim {
namespace {

namespace pb = google::protobuf;

constexpr size_t kFileBytesMax = size_t{256} << 20;
constexpr uint64_t kQuestionsMax = uint64_t{1} << 20;  // as many as a history's tape holds
constexpr size_t kErrorsMax = 20;

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\""); }

void AppendId(absl::string_view field, Name name, const std::string& words, std::string* text) {
  if (name.empty()) return;
  absl::StrAppend(text, " ", field, ": ", Quoted(words));
  absl::StrAppend(text, " ", field, "_id: 0x", absl::Hex(name.id(), absl::kZeroPad16));
}

void AppendDecision(const TapeEntry& entry, uint64_t skip, const History& history, std::string* text) {
  absl::StrAppend(text, "decision { label: ", Quoted(LabelName(entry.label)));
  AppendId("asker", entry.asker, history.Render(entry.asker), text);
  AppendId("chosen", entry.chosen, ChosenText(entry, history), text);
  absl::StrAppend(text, " index: ", entry.index, " count: ", entry.count);
  if (skip > 0) absl::StrAppend(text, " skip: ", skip);
  absl::StrAppend(text, " }\n");
}

std::string Errno(absl::string_view what, const std::string& path) {
  return absl::StrCat(path, ": ", what, ": ", std::strerror(errno));
}

bool WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// False, with errno, if anything on the way to the disk failed.
bool WriteAndClose(int fd, absl::string_view text, bool sync) {
  bool ok = WriteAll(fd, text);
  int error = errno;
  if (ok && sync && fsync(fd) != 0) {
    ok = false;
    error = errno;
  }
  if (close(fd) != 0 && ok) return false;
  errno = error;
  return ok;
}

class Collector final : public pb::io::ErrorCollector {
 public:
  Collector(const std::string& path, std::vector<std::string>* errors) : path_(path), errors_(errors) {}
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    Add(line, column, message);
  }
  void Add(int line, int column, const std::string& message) {
    if (errors_->size() >= kErrorsMax) return;
    if (line < 0) line = column = 0;
    errors_->push_back(absl::StrCat(path_, ":", line + 1, ":", column + 1, ": ", message));
  }

 private:
  const std::string& path_;
  std::vector<std::string>* errors_;
};

// From the message to the tape, with everything that makes no sense reported where it stands.
class Reader {
 public:
  Reader(const proto::Tape& message, const pb::TextFormat::ParseInfoTree& info, Collector& collector, TapeFile* tape)
      : message_(message), info_(info), collector_(collector), tape_(tape) {}

  bool Read() {
    tape_->scenario = message_.scenario();
    tape_->reason = message_.reason();
    tape_->seed = message_.seed();
    tape_->run = message_.run();
    tape_->digest = message_.digest();
    tape_->is_complete = message_.complete();
    if (message_.scenario().empty()) Error("scenario", -1, "a tape needs to name its scenario");
    if (!message_.law().empty() && !LawFromName(message_.law(), &tape_->law)) {
      Error("law", -1, absl::StrCat("there is no law ", Quoted(message_.law())));
    }
    for (int i = 0; i < message_.judged_by_size(); ++i) {
      LawId law = LawId::kNone;
      if (!LawFromName(message_.judged_by(i), &law)) {
        Error("judged_by", i, absl::StrCat("there is no law ", Quoted(message_.judged_by(i))));
      }
      tape_->judged.push_back(law);
    }
    for (int i = 0; i < message_.decision_size() && questions_ <= kQuestionsMax; ++i) ReadDecision(i);
    return ok_;
  }

 private:
  void Error(const char* field, int index, const std::string& message) {
    const auto* descriptor = proto::Tape::descriptor()->FindFieldByName(field);
    const pb::TextFormat::ParseLocation at = info_.GetLocation(descriptor, index);
    collector_.Add(at.line, at.column, message);
    ok_ = false;
  }

  void ReadDecision(int i) {
    const proto::Tape::Decision& decision = message_.decision(i);
    TapeEntry entry;
    if (!LabelFromName(decision.label(), &entry.label)) {
      return Error("decision", i, absl::StrCat("there is no label ", Quoted(decision.label())));
    }
    if (decision.count() < 2 || decision.count() > 65535) {
      return Error("decision", i, absl::StrCat("a decision has 2 to 65535 alternatives, not ", decision.count()));
    }
    if (decision.index() >= decision.count()) {
      return Error("decision", i,
                   absl::StrCat("alternative ", decision.index(), " is not among ", decision.count(), " (from 0)"));
    }
    if (decision.skip() > 0 && tape_->is_complete) return Error("decision", i, "a complete tape skips nothing");
    questions_ += 1;
    if (decision.skip() >= kQuestionsMax || (questions_ += decision.skip()) > kQuestionsMax) {
      questions_ = kQuestionsMax + 1;
      return Error("decision", i, absl::StrCat("a tape has at most ", kQuestionsMax, " questions"));
    }
    entry.asker = Id(decision.asker_id(), decision.asker());
    entry.chosen = Id(decision.chosen_id(), decision.chosen());
    entry.index = decision.index();
    entry.count = static_cast<uint16_t>(decision.count());
    uint64_t& asked = asked_[{entry.label, entry.asker}];
    asked += decision.skip();
    if (entry.index != 0) tape_->decisions.push_back({entry, asked});
    ++asked;
    if (tape_->is_complete) tape_->complete.push_back(entry);
  }

  static Name Id(uint64_t id, const std::string& path) { return id != 0 ? Name::FromId(id) : NameFromPath(path); }

  const proto::Tape& message_;
  const pb::TextFormat::ParseInfoTree& info_;
  Collector& collector_;
  TapeFile* tape_;
  absl::btree_map<std::pair<Label, Name>, uint64_t> asked_;
  uint64_t questions_ = 0;
  bool ok_ = true;
};

}  // namespace

LawSet TapeFile::Judges() const {
  if (judged.empty()) return LawSet::All();
  LawSet laws = LawSet::None();
  for (LawId id : judged) laws.Add(id);
  return laws;
}

std::string TapeText(const TapeFile& tape, const History& history) {
  std::string text = "# proto-file: sim/tape.proto   proto-message: sim.proto.Tape\n";
  absl::StrAppend(&text, "scenario: ", Quoted(tape.scenario), "\n");
  if (tape.law != LawId::kNone) absl::StrAppend(&text, "law: ", Quoted(LawName(tape.law)), "\n");
  std::vector<absl::string_view> lines = absl::StrSplit(tape.reason, '\n', absl::SkipEmpty());
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i == 0) absl::StrAppend(&text, "reason: ", Quoted(lines[0]), "\n");
    if (i > 0) absl::StrAppend(&text, "# ", lines[i], "\n");
  }
  for (LawId law : tape.judged) absl::StrAppend(&text, "judged_by: ", Quoted(LawName(law)), "\n");
  if (tape.run != 0) absl::StrAppend(&text, "seed: ", tape.seed, "\nrun: ", tape.run, "\n");
  if (tape.digest != 0) absl::StrAppend(&text, "digest: 0x", absl::Hex(tape.digest, absl::kZeroPad16), "\n");
  if (tape.is_complete) {
    absl::StrAppend(&text, "complete: true\n\n");
    for (const TapeEntry& entry : tape.complete) AppendDecision(entry, 0, history, &text);
    return text;
  }
  text += '\n';
  absl::btree_map<std::pair<Label, Name>, uint64_t> next;
  for (const Decision& decision : tape.decisions) {
    uint64_t& expected = next[{decision.entry.label, decision.entry.asker}];
    AppendDecision(decision.entry, decision.ordinal - expected, history, &text);
    expected = decision.ordinal + 1;
  }
  return text;
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view text) {
  struct stat old;
  if (stat(path.c_str(), &old) == 0 && !S_ISREG(old.st_mode)) {
    // A device or a pipe: written to, not replaced.
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return absl::UnavailableError(Errno("cannot open", path));
    if (!WriteAndClose(fd, text, /*sync=*/false)) return absl::UnavailableError(Errno("cannot write", path));
    return absl::OkStatus();
  }
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return absl::UnavailableError(Errno("cannot create", path));
  if (!WriteAndClose(fd, text, /*sync=*/true) || rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string error = Errno("cannot write", path);
    unlink(temporary.c_str());
    return absl::UnavailableError(error);
  }
  return absl::OkStatus();
}

std::string ReadFile(const std::string& path, size_t bytes_max, std::string* text) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return absl::StrCat("cannot open: ", std::strerror(errno));
  fcntl(fd, F_SETFL, 0);  // who writes to a pipe is waited for
  char buffer[1 << 16];
  size_t left = bytes_max + 1;
  ssize_t n = 0;
  while (left > 0) {
    n = read(fd, buffer, std::min(left, sizeof(buffer)));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text->append(buffer, static_cast<size_t>(n));
    left -= static_cast<size_t>(n);
  }
  const int error = errno;
  close(fd);
  return n < 0 ? absl::StrCat("cannot read: ", std::strerror(error)) : "";
}

bool LoadTape(const std::string& path, TapeFile* tape, std::vector<std::string>* errors) {
  std::string text;
  const std::string error = ReadFile(path, kFileBytesMax, &text);
  if (error.empty()) return ParseTape(text, path, tape, errors);
  errors->push_back(absl::StrCat(path, ":1:1: ", error));
  return false;
}

bool ParseTape(absl::string_view text, const std::string& path, TapeFile* tape, std::vector<std::string>* errors) {
  *tape = {};
  Collector collector(path, errors);
  if (text.size() > kFileBytesMax) {
    collector.Add(0, 0, "too large for a tape");
    return false;
  }
  proto::Tape message;
  pb::TextFormat::ParseInfoTree info;
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&info);
  parser.SetRecursionLimit(16);
  if (!parser.ParseFromString(std::string(text), &message)) {
    if (errors->empty()) collector.Add(0, 0, "this is not a tape");
    return false;
  }
  return Reader(message, info, collector, tape).Read();
}

Name NameFromPath(absl::string_view path) {
  Name name;
  for (absl::string_view word : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    const size_t hash = word.rfind('#');
    uint32_t number = 0;
    if (hash != absl::string_view::npos && absl::SimpleAtoi(word.substr(hash + 1), &number)) {
      word = word.substr(0, hash);
    }
    name = name.Child(client::NameKind::FromStable(word), number);
  }
  return name;
}

}  // namespace sim
