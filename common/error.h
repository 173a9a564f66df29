// The kinds of failure that a user can see, each with the exit code that `simulate` gives it.
// An input error says where it is (file, line, path of keys), what is wrong and what would be right.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace attnsim::common {

// Exit codes of every attnsim command.
enum class ExitCode { kDone = 0, kDefect = 1, kUsage = 2, kBadInput = 3, kSimulationFailed = 4, kCheckFailed = 5 };

// Where an input stands. `file` may be "--set" or another command-line source; line 0 means that no line is known.
struct Location {
  std::string file;
  int line = 0;
  std::string path;  // keys from the root, joined by dots: "array_2d.rows"
};

// A failure that carries its exit code; what() is the one line that the user reads.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// A wrong command line.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::kUsage, message) {}
};

// A wrong input: "file:line: path: what".
class InputError : public Error {
 public:
  InputError(const Location& where, const std::string& what);
};

// A simulation that cannot go on: deadlock, cycle limit.
class SimulationError : public Error {
 public:
  explicit SimulationError(const std::string& message) : Error(ExitCode::kSimulationFailed, message) {}
};

// "unknown KIND 'NAME'; known: a, b, c", with "did you mean 'x'?" first where a known name is close.
std::string unknown_name(const std::string& kind, const std::string& name, std::vector<std::string> known);

}  // namespace attnsim::common
