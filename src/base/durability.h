// How much of "acknowledged means on disk" the operator wants (invariant I1).
#pragma once

namespace stile {

enum class Durability {
  chunk,  // every acknowledged chunk survives power loss; the default
  file,   // a finished file survives power loss; chunks under way survive a crash of the process only
  none,   // nothing is synced: benchmarks only
};

}  // namespace stile
