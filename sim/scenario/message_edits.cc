#include "sim/scenario/message_edits.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/text_format.h"

namespace sim {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = MessageEdit::Kind;

constexpr size_t kLineMax = 118;
constexpr int kShort = 12;  // lists up to here are cut at every place
constexpr uint64_t kMillisecond = 1'000'000;

bool IsDuration(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type()->full_name() == "google.protobuf.Duration";
}

uint64_t Nanos(const Message& duration) {
  const Reflection& reflection = *duration.GetReflection();
  const auto& type = *duration.GetDescriptor();
  const int64_t seconds = reflection.GetInt64(duration, type.FindFieldByName("seconds"));
  const int64_t nanos = reflection.GetInt32(duration, type.FindFieldByName("nanos"));
  if (seconds < 0 || nanos < 0 || seconds > 1'000'000'000) return 0;
  return static_cast<uint64_t>(seconds) * 1'000'000'000 + static_cast<uint64_t>(nanos);
}

void SetNanos(uint64_t ns, Message* duration) {
  const Reflection& reflection = *duration->GetReflection();
  const auto& type = *duration->GetDescriptor();
  duration->Clear();
  if (ns >= 1'000'000'000) {
    reflection.SetInt64(duration, type.FindFieldByName("seconds"), static_cast<int64_t>(ns / 1'000'000'000));
  }
  if (ns % 1'000'000'000 == 0) return;
  reflection.SetInt32(duration, type.FindFieldByName("nanos"), static_cast<int32_t>(ns % 1'000'000'000));
}

bool IsNumber(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 || field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

uint64_t Number(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& reflection = *message.GetReflection();
  const bool wide = field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  if (field->is_repeated()) {
    return wide ? reflection.GetRepeatedUInt64(message, field, i) : reflection.GetRepeatedUInt32(message, field, i);
  }
  return wide ? reflection.GetUInt64(message, field) : reflection.GetUInt32(message, field);
}

void SetNumber(Message* message, const FieldDescriptor* field, int i, uint64_t value) {
  const Reflection& reflection = *message->GetReflection();
  const auto narrow = static_cast<uint32_t>(value);
  const bool wide = field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  if (field->is_repeated()) {
    wide ? reflection.SetRepeatedUInt64(message, field, i, value)
         : reflection.SetRepeatedUInt32(message, field, i, narrow);
  } else {
    wide ? reflection.SetUInt64(message, field, value) : reflection.SetUInt32(message, field, narrow);
  }
}

// "bytes" of "bytes_menu"; null if there is no such field.
const FieldDescriptor* OneOf(const FieldDescriptor& menu) {
  if (!absl::EndsWith(menu.name(), "_menu")) return nullptr;
  std::string name(absl::StripSuffix(menu.name(), "_menu"));
  if (name == "buffer") name = "send_buffer";
  const FieldDescriptor* field = menu.containing_type()->FindFieldByName(name);
  return field != nullptr && field->cpp_type() == menu.cpp_type() && !field->is_repeated() ? field : nullptr;
}

class Finding {
 public:
  explicit Finding(const EditRules& rules) : rules_(rules) {}

  void Look(const Message& message) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (Contains(rules_.keeps, field->name())) continue;
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      Removals(*field, count);
      if (field->is_repeated() && count == 1 && OneOf(*field) != nullptr) Add(3, *field, Kind::kOnly, 0, 1, 0);
      for (int i = 0; i < count; ++i) Inside(message, field, i);
    }
  }

  std::vector<MessageEdit> Sorted() {
    std::sort(found_.begin(), found_.end(), [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
    std::vector<MessageEdit> edits;
    for (Ranked& ranked : found_) edits.push_back(std::move(ranked.edit));
    return edits;
  }

 private:
  struct Ranked {
    std::tuple<int, size_t, int, size_t> rank;  // stage, depth, how few, and then as they were found
    MessageEdit edit;
  };

  static bool Contains(const std::vector<absl::string_view>& names, absl::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void Add(int stage, const FieldDescriptor& field, Kind kind, int begin, int end, uint64_t value) {
    MessageEdit edit;
    edit.path = path_;
    edit.field = &field;
    edit.kind = kind;
    edit.begin = begin;
    edit.end = end;
    edit.value = value;
    found_.push_back({{stage, path_.size(), begin - end, found_.size()}, std::move(edit)});
  }

  // Spans, big to small.
  void Removals(const FieldDescriptor& field, int count) {
    const int stage = field.message_type() != nullptr && !IsDuration(field) ? 0 : field.is_repeated() ? 2 : 1;
    if (!field.is_repeated()) return Add(stage, field, Kind::kRemove, 0, 1, 0);
    for (int span = count; span > 0; span = span > 3 ? span / 2 : span - 1) {
      const int stride = count <= kShort ? 1 : span;
      for (int begin = 0; begin + span <= count; begin += stride) {
        Add(stage, field, Kind::kRemove, begin, begin + span, 0);
      }
    }
  }

  void Inside(const Message& message, const FieldDescriptor* field, int i) {
    const Reflection& reflection = *message.GetReflection();
    const bool amount = !Contains(rules_.is_no_amount, field->name());
    if (IsNumber(*field)) {
      if (amount) Lower(*field, i, Number(message, field, i), 1);
      return;
    }
    if (field->message_type() == nullptr) return;
    const Message& inner =
        field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field);
    if (IsDuration(*field)) return Lower(*field, i, Nanos(inner), kMillisecond);
    path_.emplace_back(field, field->is_repeated() ? i : -1);
    Look(inner);
    path_.pop_back();
  }

  // Round numbers below; small ones one by one.
  void Lower(const FieldDescriptor& field, int i, uint64_t number, uint64_t least) {
    for (uint64_t round = least; round < number; round *= 10) Add(4, field, Kind::kLower, i, i + 1, round);
    if (number > 2 && number <= 20) Add(4, field, Kind::kLower, i, i + 1, number - 1);
  }

  const EditRules& rules_;
  std::vector<std::pair<const FieldDescriptor*, int>> path_;
  std::vector<Ranked> found_;
};

// How many there are of each field, by its path without indices.
void Count(const Message& message, const std::string& prefix, std::map<std::string, int>* counts) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = absl::StrCat(prefix, field->name());
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    (*counts)[path] += count;
    if (field->message_type() == nullptr || IsDuration(*field)) continue;
    for (int i = 0; i < count; ++i) {
      Count(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                 : reflection.GetMessage(message, field),
            path + ".", counts);
    }
  }
}

// A field in one line: all of it, or one of its messages.
std::string FieldText(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection& reflection = *message.GetReflection();
  if (field->message_type() != nullptr) {
    const Message& inner =
        field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field);
    std::vector<const FieldDescriptor*> fields;
    inner.GetReflection()->ListFields(inner, &fields);
    std::string text;
    for (const FieldDescriptor* part : fields) {
      const bool messages = part->is_repeated() && part->message_type() != nullptr;
      const int count = messages ? inner.GetReflection()->FieldSize(inner, part) : 1;
      for (int j = 0; j < count; ++j) absl::StrAppend(&text, " ", FieldText(inner, part, j));
    }
    return text.empty() ? absl::StrCat(field->name(), " {}") : absl::StrCat(field->name(), " {", text, " }");
  }
  google::protobuf::TextFormat::Printer printer;
  std::string values;
  const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
  for (int j = 0; j < count; ++j) {
    std::string value;
    printer.PrintFieldValueToString(message, field, field->is_repeated() ? j : -1, &value);
    absl::StrAppend(&values, values.empty() ? "" : ", ", value);
  }
  return absl::StrCat(field->name(), ": ", count > 1 ? "[" : "", values, count > 1 ? "]" : "");
}

void Print(const Message& message, const std::string& indent, std::string* text) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool whole = field->message_type() == nullptr;  // a list of values is one line
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < (whole ? 1 : count); ++i) {
      const std::string line = FieldText(message, field, i);
      if (whole || indent.size() + line.size() <= kLineMax) {
        absl::StrAppend(text, indent, line, "\n");
        continue;
      }
      absl::StrAppend(text, indent, field->name(), " {\n");
      Print(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                 : reflection.GetMessage(message, field),
            indent + "  ", text);
      absl::StrAppend(text, indent, "}\n");
    }
  }
}

}  // namespace

std::vector<MessageEdit> EditsOf(const Message& message, const EditRules& rules) {
  Finding finding(rules);
  finding.Look(message);
  return finding.Sorted();
}

void Apply(const MessageEdit& edit, Message* message) {
  for (const auto& [field, i] : edit.path) {
    const Reflection& reflection = *message->GetReflection();
    message = i < 0 ? reflection.MutableMessage(message, field) : reflection.MutableRepeatedMessage(message, field, i);
  }
  const Reflection& reflection = *message->GetReflection();
  const FieldDescriptor* field = edit.field;
  if (edit.kind == Kind::kLower) {
    if (!IsDuration(*field)) return SetNumber(message, field, edit.begin, edit.value);
    return SetNanos(edit.value, field->is_repeated() ? reflection.MutableRepeatedMessage(message, field, edit.begin)
                                                     : reflection.MutableMessage(message, field));
  }
  if (edit.kind == Kind::kOnly) {
    SetNumber(message, OneOf(*field), 0, Number(*message, field, 0));
    return reflection.ClearField(message, field);
  }
  if (!field->is_repeated()) return reflection.ClearField(message, field);
  const int count = reflection.FieldSize(*message, field);
  for (int i = edit.end; i < count; ++i) reflection.SwapElements(message, field, i, i - (edit.end - edit.begin));
  for (int i = edit.begin; i < edit.end; ++i) reflection.RemoveLast(message, field);
}

std::string PrettyText(const Message& message) {
  std::string text;
  Print(message, "", &text);
  return text;
}

std::string RemovedFrom(const Message& more, const Message& less) {
  std::map<std::string, int> before, after;
  Count(more, "", &before);
  Count(less, "", &after);
  std::string text, removed;
  for (const auto& [path, count] : before) {
    if (!removed.empty() && absl::StartsWith(path, removed + ".")) continue;
    const int left = after.count(path) != 0 ? after[path] : 0;
    if (left >= count) continue;
    removed = path;
    absl::StrAppend(&text, text.empty() ? "" : ", ", path);
    if (count > 1) absl::StrAppend(&text, " (", count - left, " of ", count, ")");
  }
  return text;
}

}  // namespace sim
