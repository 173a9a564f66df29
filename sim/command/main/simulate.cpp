// Entry point of `simulate`.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "sim/command/command.h"

int main(int argc, char** argv) {
  const bool plain = std::getenv("NO_COLOR") != nullptr;
  const attnsim::sim::Streams streams{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) != 0 && !plain,
                                      isatty(STDERR_FILENO) != 0};
  return attnsim::sim::run_command(std::vector<std::string>(argv + 1, argv + argc), streams);
}
