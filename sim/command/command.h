// The `simulate` command: verbs, options, exit codes. Results go to `out`, everything else to `err`.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace attnsim::sim {

// Where the command reads and writes, and whether a person looks at it.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool colour = false;    // out is a terminal
  bool progress = false;  // err is a terminal
};

// Runs the command with its arguments (without the program's name) and returns the exit code; throws nothing.
int run_command(const std::vector<std::string>& arguments, const Streams& streams);

}  // namespace attnsim::sim
