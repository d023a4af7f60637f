#include "tools/real/job.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tools {
namespace {

[[noreturn]] void Usage(absl::string_view what) {
  fprintf(stderr, "%s\n", absl::StrCat("not understood: ", what, "; see tools/real/job.h").c_str());
  exit(2);
}

template <class Number>
bool Take(absl::string_view key, absl::string_view name, absl::string_view value, Number& to) {
  uint64_t number;
  if (key != name) return false;
  if (!absl::SimpleAtoi(value, &number) || number > Number(~Number{0})) Usage(value);
  to = static_cast<Number>(number);
  return true;
}

bool TakeKind(absl::string_view value, Job::Kind& kind) {
  if (value == "get") {
    kind = Job::Kind::kGet;
  } else if (value == "put") {
    kind = Job::Kind::kPut;
  } else if (value == "hold") {
    kind = Job::Kind::kHold;
  } else {
    return false;
  }
  return true;
}

uint64_t ResidentBytes() {
  unsigned long long pages = 0;
  FILE* const file = fopen("/proc/self/statm", "r");
  if (file == nullptr || fscanf(file, "%*u %llu", &pages) != 1) pages = 0;
  if (file != nullptr) fclose(file);
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Job ParseJob(int argc, char** argv) {
  Job job;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    const size_t equals = argument.find('=');
    if (equals == absl::string_view::npos) Usage(argument);
    const absl::string_view key = argument.substr(0, equals);
    const absl::string_view value = argument.substr(equals + 1);
    if (key == "path") {
      job.path = std::string(value);
      continue;
    }
    if (key == "do" && TakeKind(value, job.kind)) continue;
    if (!Take(key, "port", value, job.port) && !Take(key, "concurrency", value, job.concurrency) &&
        !Take(key, "warmup", value, job.warmup) && !Take(key, "requests", value, job.requests) &&
        !Take(key, "bytes", value, job.bytes) && !Take(key, "write", value, job.write) &&
        !Take(key, "read", value, job.read)) {
      Usage(argument);
    }
  }
  if (job.kind == Job::Kind::kHold) job.requests = job.concurrency;
  if (job.concurrency == 0 || job.requests == 0 || job.write == 0 || job.read == 0) Usage("a zero");
  return job;
}

Meter::Reading Meter::Read() {
  Reading reading;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  reading.seconds = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  reading.cpu = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  return reading;
}

bool Meter::Another() {
  if (started_ == 0) memory_before_ = ResidentBytes();
  if (started_ == 0 && job_.warmup == 0) begin_ = Read();
  if (started_ == job_.warmup + job_.requests) return false;
  ++started_;
  return true;
}

void Meter::Completed(uint64_t bytes) {
  ++completed_;
  if (completed_ > job_.warmup) bytes_ += bytes;
  if (completed_ == job_.warmup) begin_ = Read();
  if (finished()) end_ = Read();
}

void Meter::Print() const {
  printf("{\"requests\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"cpu\": %.6f, ",
         static_cast<unsigned long long>(job_.requests), static_cast<unsigned long long>(bytes_),
         end_.seconds - begin_.seconds, end_.cpu - begin_.cpu);
  printf("\"memory_before\": %llu, \"memory\": %llu}\n", static_cast<unsigned long long>(memory_before_),
         static_cast<unsigned long long>(ResidentBytes()));
  fflush(stdout);
}

void AllowDescriptors(uint64_t wanted) {
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  fprintf(stderr, "%llu descriptors are needed and %llu allowed: raise ulimit -Hn\n",
          static_cast<unsigned long long>(wanted), static_cast<unsigned long long>(limit.rlim_cur));
  exit(2);
}

}  // namespace tools
