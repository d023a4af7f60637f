// Memory that a child process shares: a fork by itself, one that is started anew by its file descriptor.
#ifndef SIM_EXPLORE_SHARED_MEMORY_H_
#define SIM_EXPLORE_SHARED_MEMORY_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include "client/base/check.h"

namespace sim {

// Zeros, of which only what is written to takes room.
class SharedMemory {
 public:
  enum class Kind { kForForks, kForAnyone };

  SharedMemory(size_t size, Kind kind) : size_(size) {
    if (kind == Kind::kForAnyone) {
      fd_ = memfd_create("wavetank", MFD_CLOEXEC);
      CHECK_GE(fd_, 0);
      CHECK_EQ(ftruncate(fd_, static_cast<off_t>(size)), 0);
    }
    Map();
  }
  // That of another process. Takes over `fd`.
  SharedMemory(size_t size, int fd) : size_(size), fd_(fd) { Map(); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() {
    munmap(data_, size_);
    if (fd_ >= 0) close(fd_);
  }

  void* data() const { return data_; }
  int fd() const { return fd_; }  // -1 if it is for forks

 private:
  void Map() {
    const int anonymous = fd_ < 0 ? MAP_ANONYMOUS : 0;
    data_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | anonymous | MAP_NORESERVE, fd_, 0);
    CHECK(data_ != MAP_FAILED);
  }

  size_t size_;
  int fd_ = -1;
  void* data_ = nullptr;
};

}  // namespace sim

#endif  // SIM_EXPLORE_SHARED_MEMORY_H_
