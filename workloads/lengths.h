// Batches whose sequences have lengths of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace attnsim::workloads {

// Sequences of one batch that have the same lengths, in tokens.
struct Lengths {
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t sequences = 0;
  bool operator==(const Lengths&) const = default;
};

// Reads a sequence a line: its length, or its numbers of queries and of keys; K and M count as in --seq-len, and what
// follows a # is left out. A line with one number means both, in decode one query and so many keys. Sequences of equal
// lengths come together, the longest first. Throws InputError.
std::vector<Lengths> read_lengths(const std::filesystem::path& file, bool decode);

}  // namespace attnsim::workloads
