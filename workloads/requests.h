// Request traces of a serving system: when a request arrives, how long its prompt is, how many tokens it generates.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace attnsim::workloads {

struct Request {
  std::int64_t arrival_ns = 0;  // after the first one
  std::int64_t prompt = 0;      // tokens, at least 1
  std::int64_t output = 0;      // tokens, at least 1
};

// Reads a trace, in order of arrival:
// - CSV with the header TIMESTAMP,ContextTokens,GeneratedTokens and times like 2023-11-16 18:17:03.9799600 (Azure LLM
//   inference trace);
// - JSON lines with timestamp (milliseconds), input_length and output_length (Mooncake traces); other keys are left.
// Requests that generate nothing or have no prompt are refused. Throws common::InputError with the line.
std::vector<Request> read_requests(const std::filesystem::path& file);

}  // namespace attnsim::workloads
