// Runs LLVMFuzzerTestOneInput() once for each file of a folder, without libFuzzer: every file is a test case, so that
// the one that fails, or in which the process dies, is named.
#include <dirent.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

class InputTest : public ::testing::Test {
 public:
  explicit InputTest(std::string path) : path_(std::move(path)) {}

  void TestBody() override {
    std::ifstream file(path_, std::ios::binary);
    ASSERT_TRUE(file.good()) << path_;
    const std::string read((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    // In memory of exactly its size, so that a sanitizer sees what is read beyond it.
    const std::vector<uint8_t> bytes(read.begin(), read.end());
    EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
  }

 private:
  const std::string path_;
};

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  DIR* listing = opendir(folder.c_str());
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  closedir(listing);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string folder = argv[i];
    for (const std::string& name : FilesIn(folder)) {
      const std::string path = folder + "/" + name;
      ++files;
      ::testing::RegisterTest("Corpus", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [path]() -> ::testing::Test* { return new InputTest(path); });
    }
  }
  if (files == 0) {
    std::fprintf(stderr, "no inputs were found in the folders that were named\n");
    return 1;
  }
  return RUN_ALL_TESTS();
}
