// Who keeps whom alive: so that a leak is told with the path that retains it, not only with where it was made.
//
//   1. Objects that own others, or keep errors, are NamedObjects. While they live they are on the list of their loop
//      (EventLoop::named_objects): two pointers each, nothing is allocated.
//   2. VisitReferences() lists what an object keeps alive, and nothing else: what it merely points at is left out.
//      Parts without a name of their own are visited by who contains them.
//   3. Nothing here is asked while all is well.
#ifndef CLIENT_BASE_REFERENCES_H_
#define CLIENT_BASE_REFERENCES_H_

#include "absl/strings/string_view.h"
#include "client/base/name.h"

namespace client {

class ClientError;
class NamedObject;

// Hears what one object keeps alive.
class ReferenceVisitor {
 public:
  virtual ~ReferenceVisitor() = default;
  virtual void Holds(const NamedObject& object) = 0;
  virtual void Holds(const ClientError& error) = 0;
};

// In the order in which they were made.
class NamedObjects {
 public:
  NamedObjects() = default;
  NamedObjects(const NamedObjects&) = delete;
  NamedObjects& operator=(const NamedObjects&) = delete;
  ~NamedObjects();  // lets those go that are left

  const NamedObject* first() const { return first_; }  // null if there is none

 private:
  friend class NamedObject;
  NamedObject* first_ = nullptr;
  NamedObject* last_ = nullptr;
};

class NamedObject {
 public:
  NamedObject(const NamedObject&) = delete;
  NamedObject& operator=(const NamedObject&) = delete;

  virtual Name name() const = 0;
  virtual absl::string_view what() const = 0;  // a literal: "connection", "response"
  virtual void VisitReferences(ReferenceVisitor& visitor) const = 0;

  const NamedObject* next() const { return next_; }  // null behind the last one

 protected:
  explicit NamedObject(NamedObjects& all);  // not owned
  ~NamedObject();

 private:
  friend class NamedObjects;
  NamedObjects* all_;  // null once the list has gone
  NamedObject* previous_;
  NamedObject* next_ = nullptr;
};

inline NamedObjects::~NamedObjects() {
  for (NamedObject* object = first_; object != nullptr; object = object->next_) object->all_ = nullptr;
}

inline NamedObject::NamedObject(NamedObjects& all) : all_(&all), previous_(all.last_) {
  (previous_ != nullptr ? previous_->next_ : all.first_) = this;
  all.last_ = this;
}

inline NamedObject::~NamedObject() {
  if (all_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : all_->first_) = next_;
  (next_ != nullptr ? next_->previous_ : all_->last_) = previous_;
}

}  // namespace client

#endif  // CLIENT_BASE_REFERENCES_H_
