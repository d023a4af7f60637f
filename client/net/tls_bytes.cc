#include "client/net/tls_bytes.h"

#include <openssl/bio.h>

#include <algorithm>
#include <cstring>

#include "client/base/check.h"

namespace client {

struct TlsBytes::Callbacks {
  static int Read(BIO* bio, char* to, size_t size, size_t* read) {
    BIO_clear_retry_flags(bio);
    *read = static_cast<TlsBytes*>(BIO_get_data(bio))->Read(to, size);
    if (*read == 0) BIO_set_retry_read(bio);
    return *read > 0;
  }
  static int Write(BIO* bio, const char* from, size_t size, size_t* written) {
    BIO_clear_retry_flags(bio);
    static_cast<TlsBytes*>(BIO_get_data(bio))->out_.push_back(Slice::Copy(absl::string_view(from, size)));
    *written = size;
    return 1;
  }
  static long Control(BIO*, int command, long, void*) {  // NOLINT: OpenSSL's
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static BIO_METHOD* Method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "slices");
      CHECK(made != nullptr);
      BIO_meth_set_read_ex(made, &Callbacks::Read);
      BIO_meth_set_write_ex(made, &Callbacks::Write);
      BIO_meth_set_ctrl(made, &Callbacks::Control);
      return made;
    }();
    return method;
  }
};

BIO* TlsBytes::NewBio() {
  BIO* bio = BIO_new(Callbacks::Method());
  CHECK(bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

size_t TlsBytes::Read(char* to, size_t size) {
  size_t read = 0;
  while (read < size && first_ < in_.size()) {
    Slice& slice = in_[first_];
    const size_t part = std::min(size - read, slice.size());
    std::memcpy(to + read, slice.data(), part);
    read += part;
    slice.RemovePrefix(part);
    if (!slice.empty()) break;
    slice = Slice();
    ++first_;
  }
  if (first_ == in_.size()) {
    in_.clear();
    first_ = 0;
  }
  unread_ -= read;
  taken_ += read;
  return read;
}

void TlsBytes::DropUnread() {
  in_.clear();
  first_ = 0;
  unread_ = 0;
}

}  // namespace client
