// Simpler versions of a message, found by reflection: parts taken out, numbers lowered, menus cut short.
//
// From coarse to fine: whole messages, big spans of lists before single elements, then single values, then menus, then
// numbers. Whether what is left still makes sense is not asked here.
#ifndef SIM_SCENARIO_MESSAGE_EDITS_H_
#define SIM_SCENARIO_MESSAGE_EDITS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace sim {

struct MessageEdit {
  enum class Kind : uint8_t {
    kRemove,  // elements [begin, end) of a repeated field; the field, if it is not repeated
    kOnly,    // a menu with one entry becomes the field beside it that has one value
    kLower,   // the number becomes `value`; nanoseconds of a Duration
  };

  // To the message in which the field is: fields, and which of their elements (-1: not repeated).
  std::vector<std::pair<const google::protobuf::FieldDescriptor*, int>> path;
  const google::protobuf::FieldDescriptor* field = nullptr;
  Kind kind = Kind::kRemove;
  int begin = 0, end = 0;  // of kLower only `begin`
  uint64_t value = 0;

  // Messages go, not only values.
  bool coarse() const {
    return kind == Kind::kRemove && field->message_type() != nullptr && field->is_repeated();
  }
};

// `keeps` names the fields that stay as they are, with all that is in them; `is_no_amount` those whose numbers mean
// something, so that a lower one is no simpler.
struct EditRules {
  std::vector<absl::string_view> keeps;
  std::vector<absl::string_view> is_no_amount;
};

std::vector<MessageEdit> EditsOf(const google::protobuf::Message& message, const EditRules& rules);

// `message` is equal to the one that the edit is of.
void Apply(const MessageEdit& edit, google::protobuf::Message* message);

// Text with as much on a line as goes there, for people; parses to the same message.
std::string PrettyText(const google::protobuf::Message& message);

// What `less` has fewer of than `more`: "network, workload.task (2 of 3), client.limit".
std::string RemovedFrom(const google::protobuf::Message& more, const google::protobuf::Message& less);

}  // namespace sim

#endif  // SIM_SCENARIO_MESSAGE_EDITS_H_
