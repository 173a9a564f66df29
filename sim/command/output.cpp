// Atomic writing by rename.
#include "sim/command/output.h"

#include <unistd.h>

#include <fstream>
#include <system_error>

#include "common/error.h"

namespace attnsim::sim {

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || !std::filesystem::is_directory(folder) || access(folder.c_str(), W_OK) != 0) {
    throw common::InputError({folder.string(), 0, ""},
                             "cannot be written as a folder" + (error ? " (" + error.message() + ")" : ""));
  }
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path temporary = file.string() + ".part" + std::to_string(getpid());
  std::error_code error;
  {
    std::ofstream stream(temporary, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) {
      std::filesystem::remove(temporary, error);
      throw common::InputError({file.string(), 0, ""}, "cannot be written");
    }
  }
  std::filesystem::rename(temporary, file, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw common::InputError({file.string(), 0, ""}, "cannot be written (" + error.message() + ")");
  }
}

}  // namespace attnsim::sim
