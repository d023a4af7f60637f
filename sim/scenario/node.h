// A message of a scenario's file: its values, and where each of them stands. Internal to the loader.
#ifndef SIM_SCENARIO_NODE_H_
#define SIM_SCENARIO_NODE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace sim {

// A mistake in a file. Lines and columns count from 0, as protobuf's do.
struct LoadError {
  int line = 0;
  int column = 0;
  std::string text;
};

// Fields are given by name; a name or a type that the message does not have is CHECKed. Messages that are not in the
// file read as their defaults, and stand where the message around them does.
class Node {
 public:
  using Tree = google::protobuf::TextFormat::ParseInfoTree;

  // Neither is owned. `tree` is null for what is not in the file.
  Node(const google::protobuf::Message& message, const Tree* tree, int line, int column)
      : message_(message), tree_(tree), line_(line), column_(column) {}

  bool Has(const char* field) const;
  uint64_t Number(const char* field) const;  // uint32, uint64
  bool Flag(const char* field) const;
  int Enum(const char* field) const;
  std::string Text(const char* field) const;
  int64_t Signed(const char* field) const;  // int32, int64
  Node Sub(const char* field) const;

  int Count(const char* field) const;  // of a repeated field
  std::vector<uint64_t> Numbers(const char* field) const;
  std::vector<int> Enums(const char* field) const;
  std::vector<std::string> Texts(const char* field) const;
  Node Sub(const char* field, int index) const;

  // A mistake in a field, in one of several values, or in all of the message.
  LoadError Error(const char* field, std::string text) const { return Error(field, -1, std::move(text)); }
  LoadError Error(const char* field, int index, std::string text) const;
  LoadError Error(std::string text) const { return {line_, column_, std::move(text)}; }

 private:
  const google::protobuf::FieldDescriptor* Find(const char* field) const;

  const google::protobuf::Message& message_;
  const Tree* tree_;
  int line_;
  int column_;
};

}  // namespace sim

#endif  // SIM_SCENARIO_NODE_H_
