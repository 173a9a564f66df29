// What ends a run of iterations of one loop that are all alike.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/cursor.h"
#include "mapping/program.h"

namespace attnsim::sim {

struct JumpLoop {
  JumpLoop(const mapping::Block& block, int in_loop);
  // Iterations from `least` up to, but without, this one are not named, carry the same marks and have rows of the same
  // lengths and marks inside; this one has those too. `cursor` is in the same instance.
  std::int64_t alike_before(std::int64_t least, const mapping::Cursor& cursor) const;
  // Iterations that a cursor can go on before it runs a point of iteration `end` or of the last one. Where it is at an
  // iteration's first point, that one may be `end`, unless part of the point's waits have been looked at.
  std::int64_t room(const mapping::Cursor& cursor, std::int64_t end, bool point_begun) const;
  bool is_at_start(const mapping::Cursor& cursor) const;  // at the first point of an iteration

  int loop;
  bool marked = false;                    // its tiles carry marks
  bool has_first = false;                 // a guard tells its first iteration from the others
  std::vector<std::int64_t> named;        // iterations that a guard names, ascending
  std::vector<std::int64_t> alike_until;  // last iteration with alike rows inside; empty if all have them
  bool aligned = false;                   // all cursors must be in the same instance: something inside depends on it
};

}  // namespace attnsim::sim
