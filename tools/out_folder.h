// Folders that results are written into, and the names of the files in them.
#ifndef TOOLS_OUT_FOLDER_H_
#define TOOLS_OUT_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace wavetank {

// mkdir -p. False with errno.
bool MakeFolder(const std::string& path);

// Makes the folder if it is not there, and writes a file into it as a trial. Empty, or what is wrong:
// "out/x: cannot be written: No space left on device".
std::string WhyNotWritable(const std::string& folder);

// The files in a folder whose names end like this, as sorted paths.
std::vector<std::string> FilesEndingIn(const std::string& folder, absl::string_view ending);

// The name of a scenario without what cannot be in a file's name: "history_aiohttp_10169".
std::string FlatName(const std::string& scenario);

// The name of a law in ASCII.
std::string FlatLaw(const std::string& law);

inline constexpr char kTapeEnding[] = ".tape.textproto";
// The name of a tape's file without its ending: what lies beside it has the same.
std::string BaseOfTape(const std::string& path);

// Of the bytes of a file; 0 if it cannot be read.
uint64_t FileDigest(const std::string& path);

}  // namespace wavetank

#endif  // TOOLS_OUT_FOLDER_H_
