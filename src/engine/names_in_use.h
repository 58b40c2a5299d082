// NamesInUse: which staging files somebody holds that no row of the catalog speaks of (spools).
//
// Threads: any. Ownership: shared; whoever holds an entry may outlive the engine.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace stile::engine {

class NamesInUse : public std::enable_shared_from_this<NamesInUse> {
 public:
  using Entry = std::shared_ptr<const void>;  // the name is in use as long as a copy of it lives

  Entry enter(const std::string& name) {
    {
      std::lock_guard lock(mutex_);
      names_.insert(name);
    }
    return Entry(this, [names = shared_from_this(), name](const void*) {
      std::lock_guard lock(names->mutex_);
      names->names_.erase(name);
    });
  }
  bool contains(const std::string& name) const {
    std::lock_guard lock(mutex_);
    return names_.contains(name);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> names_;
};

}  // namespace stile::engine
