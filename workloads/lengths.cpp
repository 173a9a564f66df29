// Reads a file of lengths, a sequence a line.
#include "workloads/lengths.h"

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "common/error.h"
#include "common/units.h"

namespace attnsim::workloads {

std::vector<Lengths> read_lengths(const std::filesystem::path& file, bool decode) {
  std::ifstream stream(file);
  if (!stream) throw common::InputError({file.string(), 0, ""}, "cannot be read; give a file with a length a line");
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t, std::greater<>> sequences;  // by keys and queries
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::vector<std::int64_t> lengths;
    for (std::string word; words >> word;) {
      const auto length = common::parse_integer(word);
      constexpr std::int64_t kLongest = std::int64_t{1} << 40;
      if (!length || *length < 1 || *length > kLongest || lengths.size() == 2) {
        throw common::InputError(
            {file.string(), number, ""},
            fmt::format("must be one or two lengths of 1 to {} tokens, such as 4K or \"1 8K\" (got "
                        "{})",
                        kLongest, line));
      }
      lengths.push_back(*length);
    }
    if (lengths.empty()) continue;
    const std::int64_t queries = lengths.size() == 1 && decode ? 1 : lengths.front();
    ++sequences[{lengths.back(), queries}];
  }
  if (sequences.empty()) throw common::InputError({file.string(), 0, ""}, "has no lengths; give one a line");
  std::vector<Lengths> result;
  for (const auto& [length, count] : sequences) result.push_back({length.second, length.first, count});
  return result;
}

}  // namespace attnsim::workloads
