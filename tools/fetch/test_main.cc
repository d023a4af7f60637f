// The three commands without the harness: small enough for the sanitizers.
#include <stdio.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tools/fetch/fetch.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (std::any_of(args.begin(), args.end(), wavetank::IsFetchCommand)) return wavetank::FetchMain(args);
  fputs(wavetank::FetchUsage().c_str(), stderr);
  return wavetank::kFetchUsage;
}
