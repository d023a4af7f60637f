// What a program of the comparison on real sockets is told, and what it says at its end (tools/benchmark/real.py).
//
//   PROGRAM do=get port=8080 path=/small concurrency=32 warmup=1000 requests=100000
//
//   do=get   requests, one after the other on each of `concurrency` connections; bodies are read and dropped
//   do=put   the same with a body of `bytes`, handed over `write` bytes at a time
//   do=hold  one request on each of `concurrency` connections at once, which then stay idle
//
// It prints one line of JSON: requests, bytes of bodies, seconds of wall clock and of CPU, and bytes of resident memory
// before the first request and at the end, while the connections still stand.
#ifndef TOOLS_REAL_JOB_H_
#define TOOLS_REAL_JOB_H_

#include <cstdint>
#include <string>

namespace tools {

struct Job {
  enum class Kind : uint8_t { kGet, kPut, kHold };

  Kind kind = Kind::kGet;
  uint16_t port = 0;  // of 127.0.0.1
  std::string path = "/";
  uint32_t concurrency = 1;
  uint64_t warmup = 0;         // requests that are not measured
  uint64_t requests = 1;       // that are
  uint64_t bytes = 0;          // of a request's body
  uint32_t write = 64 << 10;   // bytes
  uint32_t read = 64 << 10;    // bytes, the buffer of one read
};

// Ends the process with a message, and 2, where an argument is none. do=hold: as many requests as connections.
Job ParseJob(int argc, char** argv);

// Begins to measure when the last request of the warm-up has completed, and ends with the last of all.
class Meter {
 public:
  explicit Meter(const Job& job) : job_(job) {}

  // Whether another request is to be started; it is counted.
  bool Another();
  // One that was started has its response; `bytes` of body were sent or received.
  void Completed(uint64_t bytes);
  bool finished() const { return completed_ == job_.warmup + job_.requests; }
  void Print() const;

 private:
  struct Reading {
    double seconds = 0;
    double cpu = 0;  // of this process, in its own code and the kernel's
  };
  static Reading Read();

  const Job& job_;
  uint64_t started_ = 0;
  uint64_t completed_ = 0;
  uint64_t bytes_ = 0;
  uint64_t memory_before_ = 0;
  Reading begin_;
  Reading end_;
};

// As many descriptors as the process may have: it says so if they are fewer than `wanted`, and ends with 2.
void AllowDescriptors(uint64_t wanted);

}  // namespace tools

#endif  // TOOLS_REAL_JOB_H_
