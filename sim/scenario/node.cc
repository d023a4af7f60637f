#include "sim/scenario/node.h"

#include <utility>

#include "client/base/check.h"
#include "google/protobuf/descriptor.h"

namespace sim {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

const FieldDescriptor* Node::Find(const char* field) const {
  const FieldDescriptor* found = message_.GetDescriptor()->FindFieldByName(field);
  CHECK(found != nullptr);
  return found;
}

bool Node::Has(const char* field) const {
  const FieldDescriptor* found = Find(field);
  if (found->is_repeated()) return Count(field) > 0;
  return message_.GetReflection()->HasField(message_, found);
}

uint64_t Node::Number(const char* field) const {
  const FieldDescriptor* found = Find(field);
  const auto* reflection = message_.GetReflection();
  if (found->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) return reflection->GetUInt32(message_, found);
  return reflection->GetUInt64(message_, found);
}

int64_t Node::Signed(const char* field) const {
  const FieldDescriptor* found = Find(field);
  const auto* reflection = message_.GetReflection();
  if (found->cpp_type() == FieldDescriptor::CPPTYPE_INT32) return reflection->GetInt32(message_, found);
  return reflection->GetInt64(message_, found);
}

bool Node::Flag(const char* field) const { return message_.GetReflection()->GetBool(message_, Find(field)); }
int Node::Enum(const char* field) const { return message_.GetReflection()->GetEnumValue(message_, Find(field)); }
std::string Node::Text(const char* field) const { return message_.GetReflection()->GetString(message_, Find(field)); }
int Node::Count(const char* field) const { return message_.GetReflection()->FieldSize(message_, Find(field)); }

std::vector<uint64_t> Node::Numbers(const char* field) const {
  const FieldDescriptor* found = Find(field);
  const auto* reflection = message_.GetReflection();
  std::vector<uint64_t> numbers;
  for (int i = 0; i < Count(field); ++i) {
    numbers.push_back(found->cpp_type() == FieldDescriptor::CPPTYPE_UINT32
                          ? reflection->GetRepeatedUInt32(message_, found, i)
                          : reflection->GetRepeatedUInt64(message_, found, i));
  }
  return numbers;
}

std::vector<int> Node::Enums(const char* field) const {
  std::vector<int> values;
  for (int i = 0; i < Count(field); ++i) {
    values.push_back(message_.GetReflection()->GetRepeatedEnumValue(message_, Find(field), i));
  }
  return values;
}

std::vector<std::string> Node::Texts(const char* field) const {
  std::vector<std::string> texts;
  for (int i = 0; i < Count(field); ++i) {
    texts.push_back(message_.GetReflection()->GetRepeatedString(message_, Find(field), i));
  }
  return texts;
}

Node Node::Sub(const char* field) const {
  const FieldDescriptor* found = Find(field);
  const google::protobuf::Message& message = message_.GetReflection()->GetMessage(message_, found);
  if (tree_ == nullptr || !Has(field)) return Node(message, nullptr, line_, column_);
  const TextFormat::ParseLocation at = tree_->GetLocation(found, -1);
  return Node(message, tree_->GetTreeForNested(found, -1), at.line, at.column);
}

Node Node::Sub(const char* field, int index) const {
  const FieldDescriptor* found = Find(field);
  const google::protobuf::Message& message = message_.GetReflection()->GetRepeatedMessage(message_, found, index);
  if (tree_ == nullptr) return Node(message, nullptr, line_, column_);
  const TextFormat::ParseLocation at = tree_->GetLocation(found, index);
  if (at.line < 0) return Node(message, tree_->GetTreeForNested(found, index), line_, column_);
  return Node(message, tree_->GetTreeForNested(found, index), at.line, at.column);
}

LoadError Node::Error(const char* field, int index, std::string text) const {
  const FieldDescriptor* found = Find(field);
  TextFormat::ParseLocation at;
  if (tree_ != nullptr && Has(field)) {
    at = tree_->GetLocation(found, found->is_repeated() ? (index < 0 ? 0 : index) : -1);
    // A list in brackets stands in one place.
    if (at.line < 0 && found->is_repeated()) at = tree_->GetLocation(found, 0);
  }
  if (at.line < 0) at = TextFormat::ParseLocation(line_, column_);
  return {at.line, at.column, std::move(text)};
}

}  // namespace sim
