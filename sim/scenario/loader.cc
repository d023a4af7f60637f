#include "sim/scenario/loader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "sim/scenario.pb.h"
#include "sim/scenario/scenario_reader.h"

namespace sim {
namespace {

using google::protobuf::TextFormat;

constexpr int kNestingMax = 32;
constexpr size_t kErrorsMax = 100;  // printed

// Keeps what the parser says. A field that it does not know is only a warning to it.
class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(std::vector<LoadError>& errors) : errors_(errors) {}
  void AddError(int line, int column, const std::string& text) override { Add(line, column, text); }
  void AddWarning(int line, int column, const std::string& text) override { Add(line, column, text); }

 private:
  void Add(int line, int column, const std::string& text) {
    errors_.push_back({std::max(line, 0), std::max(column, 0), text});
  }
  std::vector<LoadError>& errors_;
};

std::vector<std::string> Format(std::vector<LoadError> errors, absl::string_view file_name) {
  std::sort(errors.begin(), errors.end(), [](const LoadError& a, const LoadError& b) {
    return std::tie(a.line, a.column, a.text) < std::tie(b.line, b.column, b.text);
  });
  std::vector<std::string> lines;
  for (const LoadError& error : errors) {
    if (lines.size() == kErrorsMax) {
      lines.push_back(absl::StrCat(file_name, ": and ", errors.size() - kErrorsMax, " more"));
      break;
    }
    std::string line = absl::StrCat(file_name, ":", error.line + 1, ":", error.column + 1, ": ", error.text);
    if (lines.empty() || lines.back() != line) lines.push_back(std::move(line));
  }
  return lines;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Empty if `*text` is the file.
std::string ReadFile(const std::string& path, std::string* text) {
  // Looked at first: opening a pipe would wait for its writer.
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return std::strerror(errno);
  if (S_ISDIR(status.st_mode)) return "it is a directory";
  if (!S_ISREG(status.st_mode)) return "it is not a file";
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return std::strerror(errno);
  text->resize(kScenarioBytesMax + 1);
  text->resize(std::fread(text->data(), 1, text->size(), file.get()));
  if (std::ferror(file.get()) != 0) return "reading failed";
  return "";
}

}  // namespace

LoadResult LoadScenarioText(absl::string_view text, absl::string_view file_name) {
  LoadResult result;
  if (text.size() > kScenarioBytesMax) {
    result.errors.push_back(absl::StrCat(file_name, ":1:1: more than ", kScenarioBytesMax, " bytes"));
    return result;
  }
  std::vector<LoadError> errors;
  Collector collector(errors);
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kNestingMax);
  Scenario scenario;
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  const bool parsed = parser.Parse(&input, &scenario);
  if (!parsed && errors.empty()) errors.push_back({0, 0, "not a scenario"});
  if (parsed) {
    ScenarioPlan plan = ScenarioReader(errors).Read(Node(scenario, &tree, 0, 0));
    plan.recipe = absl::StrCat(kScenarioRecipe, text);
    if (errors.empty()) result.program = std::make_unique<ScenarioProgram>(std::move(plan));
  }
  result.errors = Format(std::move(errors), file_name);
  return result;
}

LoadResult LoadScenarioFile(const std::string& path) {
  std::string text;
  const std::string problem = ReadFile(path, &text);
  if (problem.empty()) return LoadScenarioText(text, path);
  LoadResult result;
  result.errors.push_back(absl::StrCat(path, ": cannot be read: ", problem));
  return result;
}

}  // namespace sim
