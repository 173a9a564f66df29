// Presets: YAML files found by name in their folder, or by path.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace attnsim::common {

// Root of the data folders (arch, mapping, workloads): the environment variable ATTNSIM_ROOT if set, else the source
// tree that this build came from (a compile definition).
std::filesystem::path data_root();

// Names of the presets in a folder (file names without .yaml; README and names that start with '.' left out), sorted.
std::vector<std::string> preset_names(const std::filesystem::path& folder);

// The file of a preset's name, or the path itself where it contains '/' or ends in .yaml, .yml or .json.
// Throws InputError: "unknown KIND 'x'; known: ..." or, for a path, "no such file".
std::filesystem::path find_preset(const std::string& kind, const std::filesystem::path& folder,
                                  const std::string& name_or_file);

// Its whole text; empty where it cannot be read.
std::string text_of(const std::filesystem::path& file);

// A preset's first comment line, which says what it is: "# A causal model" gives "A causal model". Empty where
// something else comes first.
std::string title_of(const std::string& text);

// How messages name a file: relative to the current directory where it is below it, else relative to the data root
// ("arch/presets/fusemax-cloud.yaml") where it is below that, else as given.
std::string shown_file(const std::filesystem::path& file);

}  // namespace attnsim::common
