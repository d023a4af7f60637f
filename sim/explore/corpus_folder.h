// A corpus on disk: the tapes of a scenario that have shown something new, in a folder of its own.
//
//   DIR/smoke_get/3f29c1d7a0b4e586.tape.textproto
//
// The files are ordinary tapes (tape_file.h), named by the digest of their run, so that corpora of several machines are
// merged by copying them into one folder: what adds nothing is left out when it is written the next time.
#ifndef SIM_EXPLORE_CORPUS_FOLDER_H_
#define SIM_EXPLORE_CORPUS_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sim/explore/isolated_worker.h"
#include "sim/explore/lesson.h"
#include "sim/oracle/law.h"
#include "sim/world/subject.h"

namespace sim {

class CorpusFolder {
 public:
  // `program` is not owned; `scenario` is the name that tapes are written with.
  CorpusFolder(const std::string& dir, const Program& program, const std::string& scenario, LawSet laws,
               const IsolationOptions& isolation);

  const std::string& path() const { return path_; }

  // Runs every tape that is there. What is no tape is an error, what fails today is not learned; both are told in
  // `messages`. A folder that does not exist is an empty corpus.
  std::vector<Lesson> Load(std::vector<std::string>* messages);

  // Writes as few of the lessons' tapes as have all hand-offs of all of them, shorter ones first, and removes every
  // other tape. False with an error if that cannot be done.
  bool Save(const std::vector<Lesson>& lessons, uint64_t seed, std::string* error) const;

 private:
  std::string path_;
  const Program& program_;
  std::string scenario_;
  LawSet laws_;
  IsolationOptions isolation_;
  std::vector<std::string> spared_;  // tapes that are not ours to remove
};

}  // namespace sim

#endif  // SIM_EXPLORE_CORPUS_FOLDER_H_
