// The worked examples of workloads/README.md are lines of the variants that they name.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "common/registry.h"
#include "workloads/cascade.h"

namespace attnsim::workloads {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

TEST(Examples, EveryLineStandsInItsVariant) {
  const std::string readme = text_of(common::data_root() / "workloads" / "README.md");
  const std::size_t begin = readme.find("## Worked examples");
  ASSERT_NE(begin, std::string::npos);
  std::istringstream section(readme.substr(begin, readme.find("\n## ", begin) - begin));
  const std::regex heading("[1-6]\\. `([a-z0-9_]+)`.*");
  std::vector<std::string> named;
  std::string variant;
  bool inside = false;
  int lines = 0;
  for (std::string line; std::getline(section, line);) {
    if (std::smatch found; std::regex_match(line, found, heading)) {
      named.push_back(found[1]);
      EXPECT_NO_THROW(read_cascade(named.back())) << line;
      variant = without_spaces(text_of(variants() / (named.back() + ".yaml")));
    } else if (line == "```") {
      inside = !inside;
    } else if (inside) {
      ++lines;
      EXPECT_NE(variant.find(without_spaces(line)), std::string::npos) << named.back() << ": " << line;
    }
  }
  EXPECT_EQ(named, (std::vector<std::string>{"fusemax_1pass", "sliding_window_sink", "gla_chunked", "sigmoid_attn",
                                             "seer_attention", "natten_fna"}));
  EXPECT_GE(lines, 20);
}

}  // namespace
}  // namespace attnsim::workloads
