// Files that the command writes: whole or not at all.
#pragma once

#include <filesystem>
#include <string>

namespace attnsim::sim {

// Both throw common::InputError where the file system refuses.
void make_folder(const std::filesystem::path& folder);
// Writes under a temporary name beside `file` and renames, so that no reader ever sees a part of it.
void write_file(const std::filesystem::path& file, const std::string& text);

}  // namespace attnsim::sim
