// Encrypted bytes on their way between OpenSSL and a transport. Internal to TlsTransport.
#ifndef CLIENT_NET_TLS_BYTES_H_
#define CLIENT_NET_TLS_BYTES_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "client/base/slice.h"

struct bio_st;

namespace client {

class TlsBytes {
 public:
  TlsBytes() = default;
  TlsBytes(const TlsBytes&) = delete;
  TlsBytes& operator=(const TlsBytes&) = delete;

  // A BIO that reads what came and writes what goes; the caller's. Must not be used after this object is gone.
  bio_st* NewBio();

  void Feed(Slice bytes) {
    unread_ += bytes.size();
    in_.push_back(std::move(bytes));
  }
  size_t unread() const { return unread_; }  // bytes that came and that OpenSSL has not taken
  size_t taken() const { return taken_; }    // ... that it has taken since ForgetTaken()
  void ForgetTaken() { taken_ = 0; }
  void DropUnread();

  // What OpenSSL wants to send, a record or a flight at a time.
  std::vector<Slice>& out() { return out_; }

 private:
  struct Callbacks;
  friend struct Callbacks;

  size_t Read(char* to, size_t size);

  std::vector<Slice> in_;
  size_t first_ = 0;  // of in_ that is not read to its end
  size_t unread_ = 0;
  size_t taken_ = 0;
  std::vector<Slice> out_;
};

}  // namespace client

#endif  // CLIENT_NET_TLS_BYTES_H_
